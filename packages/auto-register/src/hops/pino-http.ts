import type { EventEmitter } from 'node:events';

/** What pino-http puts on a response: its logger and, since 8.3, a list, because one response can have several. */
interface Logged { log?: unknown; allLogs?: unknown }

/** Its listener of a response's end; the first name is that of 8.0 to 8.2. It takes an error. */
const LISTENERS = ['onResFinished', 'onResponseComplete'];
/** What OpenTelemetry's context managers make of a listener; it has the listener's length and not its name. */
const WRAPPED = 'contextWrapper';

/**
 * True if pino-http is going to write its line when this response ends. Its listener is the only trace of that: with
 * `autoLogging: false` and for an ignored request it adds none, and options such as `customSuccessObject` can make the line any object.
 */
export function awaitsEnd(response: object): boolean {
  const { log, listeners } = response as Logged & Partial<EventEmitter>;
  return log !== undefined && listeners !== undefined && ['finish', 'close'].some((event) => listeners.call(response, event).some(isAwaiting));
}

function isAwaiting({ name, length }: { name: string; length: number }): boolean {
  return LISTENERS.includes(name) || (name === WRAPPED && length === 1);
}

/** True for a logger with which pino-http writes the line of this response: one of those on it, or a child with `customProps`. */
export function isLoggerOf(response: object, logger: object): boolean {
  const { allLogs, log } = response as Logged;
  return (Array.isArray(allLogs) ? allLogs as unknown[] : [log]).some((each) => each === logger || (each instanceof Object && Object.prototype.isPrototypeOf.call(each, logger)));
}

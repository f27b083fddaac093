import type { EventEmitter } from 'node:events';

/** What pino-http puts on a response: its logger and, since 8.3, a list, because one response can have several. */
interface Logged { log?: unknown; allLogs?: unknown }

interface Named { name: string; length: number }

/** Its listener of a response's end; the first name is that of 8.0 to 8.2. It takes an error. */
const LISTENERS = ['onResFinished', 'onResponseComplete'];
/** What OpenTelemetry's context managers make of a listener; it has the listener's length and not its name. Only pino-http's is on all of these events. */
const WRAPPED = 'contextWrapper';
const EVENTS = ['finish', 'close', 'error'];

/**
 * True if pino-http is going to write its line at this event of a response. Its listener is the only trace of that: with
 * `autoLogging: false` and for an ignored request it adds none, and options such as `customSuccessObject` can make the line any object.
 */
export function awaitsEnd(response: object, event: string | symbol): boolean {
  const { log, listeners } = response as Logged & Partial<EventEmitter>;
  if (log === undefined || listeners === undefined) return false;
  const isOn = (each: string | symbol, isIts: (listener: Named) => boolean): boolean => listeners.call(response, each).some(isIts);
  return isOn(event, ({ name }) => LISTENERS.includes(name)) || EVENTS.every((each) => isOn(each, ({ length, name }) => name === WRAPPED && length === 1));
}

/** True for a logger with which pino-http writes the line of this response: one of those on it, or a child with `customProps`. */
export function isLoggerOf(response: object, logger: object): boolean {
  const { allLogs, log } = response as Logged;
  return (Array.isArray(allLogs) ? allLogs as unknown[] : [log]).some((each) => each === logger || (each instanceof Object && Object.prototype.isPrototypeOf.call(each, logger)));
}

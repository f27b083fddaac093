import diagnostics = require('node:diagnostics_channel');
import { isClaimed } from './claim';
import { MEMBERS, isBound, pinoLines, rootLogger } from './pino-record';
import { prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

export interface RecordWriter<R extends object> {
  /** Writes one record; nothing if the logger has no such level. */
  write(level: Level, record: R, message: string): void;
  /** True if no code of the application or of another agent runs while such a record is written, or because of that. */
  isAlone(level: Level): boolean;
}
type Level = 'info' | 'warn';

/** The channel on which pino 9.10 and later publishes each record. */
const channel = diagnostics.channel('tracing:pino_asJson:start');

/**
 * Creates a function that writes hop records with a logger. The logger's level, base, formatters, redaction, transports and streams
 * apply. Its serializers do not apply, because they expect Node's own messages. If the logger's own bindings have one of the
 * record's keys, its parent writes instead.
 *
 * It creates no child logger, because applications can listen for new children.
 */
export function recordWriter<R extends object>(logger: object, keys: readonly string[], membersOf: (record: R) => string): RecordWriter<R> {
  let at = logger as Logger;
  while (at !== rootLogger(at) && isBound(at, ...keys)) at = Object.getPrototypeOf(at) as Logger;
  const plain = withPlainValues(at, keys);
  const stream = at[symbolOf(at, 'pino.stream') as symbol] as Stream;
  const prototype = isRecordSeen(at) ? undefined : prototypeOf(at);
  const methods: Partial<Record<Level, unknown>> = at;
  // If no other code reads the record as an object, the stamp adds the members to the line. That costs half as much.
  const isAdded = (): boolean => prototype !== undefined && isClaimed(prototype) && !channel.hasSubscribers;
  const isAlone = aloneWith(at, stream);
  return {
    write(level, record, message) {
      const added = isAdded();
      const writer = added ? at : plain;
      const write = (writer as typeof methods)[level];
      if (typeof write !== 'function' || isClosed(stream)) return;
      const written = added ? { [MEMBERS]: membersOf(record) } : record;
      pinoLines.isOurs = true;
      try {
        (write as (this: unknown, record: object, message: string) => void).call(writer, written, message);
      } finally {
        pinoLines.isOurs = false;
      }
    },
    isAlone: (level) => isAdded() && isAlone(methods[level]),
  };
}

/** What pino's destination and its transports say in their `write`, which a wrapper of it does not have. */
const PINO_WRITES = /SonicBoom destroyed|the worker has exited/;
/** Known for each function: a framework makes a logger for each request. */
const ofPino = new WeakMap<object, boolean>();
/** Events of those at which a listener of an application may write. */
const EVENTS = ['drain', 'drop', 'write'];

/**
 * Tells, of a logger's method, whether a line that it writes runs code of pino only. Its names and texts are known; whatever is wrapped,
 * minified or of another library is not alone.
 */
function aloneWith(logger: Logger, stream: Stream): (method: unknown) => boolean {
  const { streamWrite } = (ownOf(logger, 'pino.hooks') ?? {}) as { streamWrite?: unknown };
  const { write } = stream;
  if (streamWrite !== undefined || typeof write !== 'function' || !isOfPino(write)) return () => false;
  return (method) => (method as { name?: unknown } | undefined)?.name === 'LOG' && stream.write === write && EVENTS.every((event) => stream.listenerCount?.(event) === 0);
}

function isOfPino(write: object): boolean {
  let known = ofPino.get(write);
  if (known === undefined) ofPino.set(write, (known = PINO_WRITES.test(Function.prototype.toString.call(write))));
  return known;
}

/**
 * True where the application has ended or destroyed what the logger writes to, as at shutdown while a response is under way. It
 * writes no more lines itself, and one more line would be an 'error' event of the stream, which ends the process.
 */
function isClosed(stream: Stream): boolean {
  return stream.destroyed === true || stream.writable === false || stream.streams?.some((each) => isClosed(each.stream)) === true;
}

interface Stream {
  write?: unknown;
  listenerCount?(event: string): number;
  destroyed?: boolean;
  writable?: boolean;
  /** Of `pino.multistream`. */
  streams?: { stream: Stream }[];
}

/** The logger with serializers that leave the record's values as they are. */
function withPlainValues(logger: Logger, keys: readonly string[]): Logger {
  const serializers = symbolOf(logger, 'pino.serializers');
  if (serializers === undefined) return logger;
  const plain = Object.fromEntries(keys.map((key) => [key, (value: unknown) => value]));
  const value = Object.assign(Object.create(null), logger[serializers], plain) as object;
  return Object.create(logger, { [serializers]: { value } }) as Logger;
}

/**
 * True if the application reads or changes records before they become text: with a mixin, a hook, a formatter, redaction, a nested key,
 * or a stream that asks for them.
 */
function isRecordSeen(logger: Logger): boolean {
  const { log } = (ownOf(logger, 'pino.formatters') ?? {}) as { log?: unknown };
  const { logMethod } = (ownOf(logger, 'pino.hooks') ?? {}) as { logMethod?: unknown };
  const stringifiers = ownOf(logger, 'pino.stringifiers') as object | undefined;
  const stream = ownOf(logger, 'pino.stream') as { [metadata: symbol]: unknown } | undefined;
  return [log, logMethod, ownOf(logger, 'pino.mixin'), ownOf(logger, 'pino.nestedKey')].some(Boolean) || stringifiers === undefined || Reflect.ownKeys(stringifiers).length > 0 || stream?.[Symbol.for('pino.metadata')] === true;
}

/** What a logger has under a symbol of pino's. */
function ownOf(logger: Logger, description: string): unknown {
  const symbol = symbolOf(logger, description);
  return symbol === undefined ? undefined : logger[symbol];
}

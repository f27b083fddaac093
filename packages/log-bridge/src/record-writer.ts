import diagnostics = require('node:diagnostics_channel');
import { isClaimed } from './claim';
import { MEMBERS, isBound, pinoLines, rootLogger } from './pino-record';
import { prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** Writes one record; nothing if the logger has no such level. */
export type WriteRecord = (level: 'info' | 'warn', record: object, message: string) => void;

/** The channel on which pino 9.10 and later publishes each record. */
const channel = diagnostics.channel('tracing:pino_asJson:start');

/**
 * Creates a function that writes hop records with a logger. The logger's level, base, formatters, redaction, transports and streams
 * apply. Its serializers do not apply, because they expect Node's own messages. If the logger's own bindings have one of the
 * record's keys, its parent writes instead.
 *
 * It creates no child logger, because applications can listen for new children.
 */
export function recordWriter(logger: object, keys: readonly string[]): WriteRecord {
  let at = logger as Logger;
  while (at !== rootLogger(at) && isBound(at, ...keys)) at = Object.getPrototypeOf(at) as Logger;
  const plain = withPlainValues(at, keys);
  const stream = at[symbolOf(at, 'pino.stream') as symbol] as Stream;
  const prototype = isRecordSeen(at) ? undefined : prototypeOf(at);
  return (level, record, message) => {
    // If no other code reads the record as an object, the stamp adds the members to the line. That costs half as much.
    const isAdded = prototype !== undefined && isClaimed(prototype) && !channel.hasSubscribers;
    const writer = isAdded ? at : plain;
    const write = (writer as Record<string, unknown>)[level];
    if (typeof write !== 'function' || isClosed(stream)) return;
    const written = isAdded ? { [MEMBERS]: `,${JSON.stringify(record).slice(1, -1)}` } : record;
    pinoLines.isOurs = true;
    try {
      Reflect.apply(write, writer, [written, message]);
    } finally {
      pinoLines.isOurs = false;
    }
  };
}

/**
 * True where the application has ended or destroyed what the logger writes to, as at shutdown while a response is under way. It
 * writes no more lines itself, and one more line would be an 'error' event of the stream, which ends the process.
 */
function isClosed(stream: Stream): boolean {
  return stream.destroyed === true || stream.writable === false || stream.streams?.some((each) => isClosed(each.stream)) === true;
}

interface Stream {
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
  const own = (description: string): unknown => {
    const symbol = symbolOf(logger, description);
    return symbol === undefined ? undefined : logger[symbol];
  };
  const { log } = (own('pino.formatters') ?? {}) as { log?: unknown };
  const { logMethod } = (own('pino.hooks') ?? {}) as { logMethod?: unknown };
  const stringifiers = own('pino.stringifiers') as object | undefined;
  const stream = own('pino.stream') as { [metadata: symbol]: unknown } | undefined;
  return [log, logMethod, own('pino.mixin'), own('pino.nestedKey')].some(Boolean) || stringifiers === undefined || Reflect.ownKeys(stringifiers).length > 0 || stream?.[Symbol.for('pino.metadata')] === true;
}

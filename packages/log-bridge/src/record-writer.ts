import diagnostics from 'node:diagnostics_channel';
import { isClaimed } from './claim';
import { isBound, pinoLines, rootLogger } from './pino-record';
import { prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** Writes one record; nothing where its logger has no such level. */
export type WriteRecord = (level: 'info' | 'warn', record: object, message: string) => void;

/** Where pino 9.10 and later tells others of each record. */
const channel = diagnostics.channel('tracing:pino_asJson:start');

/**
 * Writes hop records through a logger: its level, base, formatters, redaction, transports and streams apply. Its serializers
 * do not, because they expect messages of Node. Where the logger's own bindings have one of the record's keys, its parent writes.
 *
 * No child logger is made, because applications can listen for those.
 */
export function recordWriter(logger: object, keys: readonly string[]): WriteRecord {
  let at = logger as Logger;
  while (at !== rootLogger(at) && isBound(at, ...keys)) at = Object.getPrototypeOf(at) as Logger;
  const plain = withPlainValues(at, keys);
  const stream = at[symbolOf(at, 'pino.stream') as symbol] as Stream;
  const prototype = isRecordSeen(at) ? undefined : prototypeOf(at);
  return (level, record, message) => {
    // Where nobody looks at the object, the stamp adds the members to the line that it stamps anyway. That costs half.
    const isAdded = prototype !== undefined && isClaimed(prototype) && !channel.hasSubscribers;
    const writer = isAdded ? at : plain;
    const write = (writer as Record<string, unknown>)[level];
    if (typeof write !== 'function' || isClosed(stream)) return;
    pinoLines.isOurs = true;
    if (isAdded) pinoLines.members = `,${JSON.stringify(record).slice(1, -1)}`;
    try {
      Reflect.apply(write, writer, [isAdded ? {} : record, message]);
    } finally {
      pinoLines.isOurs = false;
      pinoLines.members = '';
    }
  };
}

/**
 * True where the application has ended or destroyed what the logger writes to, as at shutdown while a response is under way. It
 * writes no more lines itself, and one more line would be an 'error' event of the stream, which ends the process.
 */
function isClosed(stream: Stream): boolean {
  return [stream, ...(stream.streams ?? []).map((each) => each.stream)].some(({ destroyed, writable }) => destroyed === true || writable === false);
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

/** True where the application reads or changes records before they are text: a mixin, a hook, a formatter, redaction, a nested key, a stream that asks for them. */
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

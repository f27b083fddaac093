import diagnostics = require('node:diagnostics_channel');
import { isClaimed } from './claim';
import { MEMBERS, isBound, pinoLines, rootLogger } from './pino-record';
import { prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

type Level = 'info' | 'warn';

/** The channel on which pino 9.10 and later publishes each record. */
const channel = diagnostics.channel('tracing:pino_asJson:start');

/**
 * Writes hop records with a logger. The logger's level, base, formatters, redaction, transports and streams apply. Its serializers do not
 * apply, because they expect Node's own messages. If the logger's own bindings have one of the record's keys, its parent writes instead.
 *
 * It creates no child logger, because applications can listen for new children. A framework creates a logger for each request, so this is
 * written for speed.
 */
export class RecordWriter<R extends object> {
  private readonly logger: Logger & Partial<Record<Level, unknown>>;
  private plain: Logger | undefined;
  private readonly stream: Stream;
  /** The `write` of the stream, if it is pino's own. */
  private readonly pinoWrite: unknown;
  /** What all loggers of its copy of pino share; `undefined` if other code reads the record as an object. */
  private readonly prototype: Logger | undefined;

  constructor(logger: object, private readonly keys: readonly string[], private readonly membersOf: (record: R) => string) {
    let at = logger as Logger;
    while (isBound(at, ...keys) && at !== rootLogger(at)) at = Object.getPrototypeOf(at) as Logger;
    this.logger = at;
    this.stream = ownOf(at, 'pino.stream') as Stream;
    this.prototype = isRecordSeen(at) ? undefined : prototypeOf(at);
    const { write } = this.stream;
    const { streamWrite } = (ownOf(at, 'pino.hooks') ?? {}) as { streamWrite?: unknown };
    this.pinoWrite = streamWrite === undefined && typeof write === 'function' && isOfPino(write) ? write : undefined;
  }

  /** Writes one record; nothing if the logger has no such level. */
  write(level: Level, record: R, message: string): void {
    const added = this.isAdded();
    const writer: Partial<Record<Level, unknown>> = added ? this.logger : (this.plain ??= withPlainValues(this.logger, this.keys));
    const write = writer[level];
    if (typeof write !== 'function' || isClosed(this.stream)) return;
    const written = added ? { [MEMBERS]: this.membersOf(record) } : record;
    pinoLines.isOurs = true;
    try {
      (write as (this: unknown, record: object, message: string) => void).call(writer, written, message);
    } finally {
      pinoLines.isOurs = false;
    }
  }

  /**
   * True if no code of the application or of another agent runs while such a record is written, or because of that. The names and texts of
   * pino's code are known; whatever is wrapped, minified or of another library is not alone.
   */
  isAlone(level: Level): boolean {
    const { logger, stream, pinoWrite } = this;
    if (!this.isAdded() || pinoWrite === undefined || stream.write !== pinoWrite) return false;
    return (logger[level] as { name?: unknown } | undefined)?.name === 'LOG' && EVENTS.every((event) => stream.listenerCount?.(event) === 0);
  }

  /** If no other code reads the record as an object, the stamp adds the members to the line. That costs half as much. */
  private isAdded(): boolean {
    return this.prototype !== undefined && isClaimed(this.prototype) && !channel.hasSubscribers;
  }
}

/** What pino's destination and its transports say in their `write`, which a wrapper of it does not have. */
const PINO_WRITES = /SonicBoom destroyed|the worker has exited/;
/** Known for each function. */
const ofPino = new WeakMap<object, boolean>();
/** Events of those at which a listener of an application may write. */
const EVENTS = ['drain', 'drop', 'write'];

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
  if (log || logMethod || ownOf(logger, 'pino.mixin') || ownOf(logger, 'pino.nestedKey')) return true;
  const stringifiers = ownOf(logger, 'pino.stringifiers') as object | undefined;
  const stream = ownOf(logger, 'pino.stream') as { [metadata: symbol]: unknown } | undefined;
  return stringifiers === undefined || Reflect.ownKeys(stringifiers).length > 0 || stream?.[Symbol.for('pino.metadata')] === true;
}

/** What a logger has under a symbol of pino's. */
function ownOf(logger: Logger, description: string): unknown {
  const symbol = symbolOf(logger, description);
  return symbol === undefined ? undefined : logger[symbol];
}

import type { Hop } from '@corr/propagator/internal';
import { hasKey, prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** What is known of the lines of this process's pino loggers; copies of this package share it. */
interface PinoLines {
  /** Is told of each line before it is written, where hops are on. */
  seen: ((logger: object, record: unknown, hop: Hop | undefined) => void) | undefined;
  /** The logger that writes most lines, by the vote of Boyer and Moore: one is held, however many there are. */
  main: object | undefined;
  votes: number;
  /** True while a record of ours is written. */
  isOurs: boolean;
}

const LINES = Symbol.for('@corr/log-bridge.lines');
const holder = globalThis as { [LINES]?: PinoLines };
export const pinoLines: PinoLines = (holder[LINES] ??= { seen: undefined, main: undefined, votes: 0, isOurs: false });

/** A logger that writes less than the others do for this many lines gives way. */
const MOST_VOTES = 1000;

let lastLogger: object | undefined;
let lastRoot: object | undefined;

/** Counts a line for the logger that `pino()` itself made. */
export function countLine(logger: object): void {
  if (logger !== lastLogger) {
    lastLogger = logger;
    lastRoot = rootLogger(logger);
  }
  if (lastRoot === pinoLines.main) pinoLines.votes = Math.min(pinoLines.votes + 1, MOST_VOTES);
  else if (pinoLines.main === undefined || --pinoLines.votes === 0) Object.assign(pinoLines, { main: lastRoot, votes: 1 });
}

/** Writes one record; nothing where its logger has no such level. */
export type WriteRecord = (level: 'info' | 'warn', record: object, message: string) => void;

/** The logger that `pino()` itself made, of which this one is a child; `undefined` for a logger of somebody else's. */
export function rootLogger(logger: unknown): object | undefined {
  const stream = symbolOf(logger, 'pino.stream');
  if (stream === undefined || prototypeOf(logger) === undefined) return undefined;
  let at = logger as object;
  while (!Object.hasOwn(at, stream)) at = Object.getPrototypeOf(at) as object;
  return at;
}

/**
 * Writes records of ours through a logger: its level, base, formatters, redaction, transports and streams apply. Its serializers
 * do not, since they expect messages of Node. Where its own bindings have one of the record's keys, its parent is taken.
 *
 * No child is made of it: an application can have itself told of those.
 */
export function recordWriter(logger: object, keys: readonly string[]): WriteRecord {
  let at = logger as Logger;
  while (at !== rootLogger(at) && isBound(at, ...keys)) at = Object.getPrototypeOf(at) as Logger;

  const serializers = symbolOf(at, 'pino.serializers');
  const plain = Object.fromEntries(keys.map((key) => [key, (value: unknown) => value]));
  const value = serializers === undefined ? undefined : (Object.assign(Object.create(null), at[serializers], plain) as object);
  const writer = Object.create(at, serializers === undefined ? {} : { [serializers]: { value } }) as Record<string, unknown>;
  return (level, record, message) => {
    const write = writer[level];
    if (typeof write === 'function') Reflect.apply(write, writer, [record, message]);
  };
}

/** True where a logger's bindings have one of these keys. */
export function isBound(logger: object, ...keys: readonly string[]): boolean {
  const symbol = symbolOf(logger, 'pino.chindings');
  const bindings = symbol === undefined ? undefined : (logger as Logger)[symbol];
  return typeof bindings === 'string' && keys.some((key) => hasKey(bindings, key));
}

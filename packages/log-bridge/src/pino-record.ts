import type { Hop } from '@corr/propagator/internal';
import { hasKey, prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** What is known of the lines of this process's pino loggers; copies of this package share it. */
interface PinoLines {
  /** Is told of each line before it is written, where hops are on. */
  seen: ((logger: object, record: unknown, hop: Hop | undefined, text?: unknown) => void) | undefined;
  /** The logger that writes most lines, by the vote of Boyer and Moore: one is held, however many there are. */
  main: object | undefined;
  votes: number;
  /** True while a hop record is written. */
  isOurs: boolean;
  /** The members of the hop record, as JSON with a comma in front of each, where the stamp adds them to the line. */
  members: string;
}

const LINES = Symbol.for('@corr/log-bridge.lines');
const holder = globalThis as { [LINES]?: PinoLines };
export const pinoLines: PinoLines = (holder[LINES] ??= { seen: undefined, main: undefined, votes: 0, isOurs: false, members: '' });

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

/** The logger that `pino()` itself made, of which this one is a child; `undefined` for a logger of somebody else's. */
export function rootLogger(logger: unknown): object | undefined {
  const stream = symbolOf(logger, 'pino.stream');
  if (stream === undefined || prototypeOf(logger) === undefined) return undefined;
  let at = logger as object;
  while (!Object.hasOwn(at, stream)) at = Object.getPrototypeOf(at) as object;
  return at;
}

/** True where a logger's bindings have one of these keys. */
export function isBound(logger: object, ...keys: readonly string[]): boolean {
  const symbol = symbolOf(logger, 'pino.chindings');
  const bindings = symbol === undefined ? undefined : (logger as Logger)[symbol];
  return typeof bindings === 'string' && keys.some((key) => hasKey(bindings, key));
}

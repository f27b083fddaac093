import type { Hop } from '@corr/propagator/internal';
import { hasKey, prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** What is known about the lines of this process's pino loggers. Copies of this package share it. */
interface PinoLines {
  /** Called for each line before it is written, if hops are on. */
  seen: ((logger: object, record: unknown, hop: Hop | undefined, text?: unknown) => void) | undefined;
  /** The logger that writes most lines, found by the Boyer-Moore majority vote, which needs to store only one logger. */
  main: object | undefined;
  votes: number;
  /** True while a hop record is written. */
  isOurs: boolean;
  /** Members that the stamp adds to the line of a hop record: JSON, with a comma before each. */
  members: string;
}

const LINES = Symbol.for('@corr/log-bridge.lines');
const holder = globalThis as { [LINES]?: PinoLines };
export const pinoLines: PinoLines = (holder[LINES] ??= { seen: undefined, main: undefined, votes: 0, isOurs: false, members: '' });

/** The main logger loses its place once the others have written this many lines more. */
const MOST_VOTES = 1000;

let lastLogger: object | undefined;
let lastRoot: object | undefined;

/** Counts a line for the root of its logger. */
export function countLine(logger: object): void {
  if (logger !== lastLogger) {
    lastLogger = logger;
    lastRoot = rootLogger(logger);
  }
  if (lastRoot === pinoLines.main) pinoLines.votes = Math.min(pinoLines.votes + 1, MOST_VOTES);
  else if (pinoLines.main === undefined || --pinoLines.votes === 0) Object.assign(pinoLines, { main: lastRoot, votes: 1 });
}

/** The logger that `pino()` itself created and that this one descends from; `undefined` if it is not a pino logger. */
export function rootLogger(logger: unknown): object | undefined {
  const stream = symbolOf(logger, 'pino.stream');
  if (stream === undefined || prototypeOf(logger) === undefined) return undefined;
  let at = logger as object;
  while (!Object.hasOwn(at, stream)) at = Object.getPrototypeOf(at) as object;
  return at;
}

/** True if a logger's bindings have one of these keys. */
export function isBound(logger: object, ...keys: readonly string[]): boolean {
  const symbol = symbolOf(logger, 'pino.chindings');
  const bindings = symbol === undefined ? undefined : (logger as Logger)[symbol];
  return typeof bindings === 'string' && keys.some((key) => hasKey(bindings, key));
}

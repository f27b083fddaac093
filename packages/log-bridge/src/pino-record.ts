import type { Hop } from '@corr/propagator/internal';
import { hasKey, prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** What is known about the lines of this process's pino loggers. Copies of this package share it. */
interface PinoLines {
  /** Called for each line before it is written, if hops are on. */
  seen: ((logger: object, record: unknown, hop: Hop | undefined, text?: unknown) => void) | undefined;
  /** The logger that writes most lines, found by the Boyer-Moore majority vote, which needs to store only one logger. */
  main: object | undefined;
  /** 0 while the main logger has written in one request only. */
  votes: number;
  /** True once a second root logger has written. */
  hasOthers: boolean;
  /** True while a hop record is written. */
  isOurs: boolean;
}

const LINES = Symbol.for('@corr/log-bridge.lines');
const holder = globalThis as { [LINES]?: PinoLines };
export const pinoLines: PinoLines = (holder[LINES] ??= { seen: undefined, main: undefined, votes: 0, hasOthers: false, isOurs: false });

/**
 * The key under which a hop record that is handed to a logger has the members that the stamp adds to its line: JSON, with a comma before
 * each. Another line, of a stream or of a timestamp, may be logged in between, and a wrapper may copy the record.
 */
export const MEMBERS = Symbol.for('@corr/log-bridge.members');

/** The main logger loses its place once the others have written this many lines more. */
const MOST_VOTES = 1000;

let lastLogger: object | undefined;
let lastRoot: object | undefined;
/** The only request in which a root logger has written; `null` if it has also written elsewhere. */
const onlyIn = new WeakMap<object, Hop | null>();

/**
 * Counts a line for the root of its logger, and returns this root. A root that writes in one request only may have been made for it,
 * with its user in its base: it gets no vote.
 */
export function countLine(logger: object, hop: Hop | undefined): object | undefined {
  if (logger !== lastLogger) {
    lastLogger = logger;
    lastRoot = rootLogger(logger);
  }
  const { main, votes } = pinoLines;
  if (lastRoot === undefined) return undefined;
  if (main !== undefined && lastRoot !== main) pinoLines.hasOthers = true;
  if (lastRoot === main && votes > 0) pinoLines.votes = Math.min(votes + 1, MOST_VOTES);
  else if (!isOfProcess(lastRoot, hop)) pinoLines.main ??= lastRoot;
  else if (lastRoot === main || votes <= 1) Object.assign(pinoLines, { main: lastRoot, votes: 1 });
  else pinoLines.votes--;
  return lastRoot;
}

function isOfProcess(root: object, hop: Hop | undefined): boolean {
  const only = onlyIn.get(root);
  if (only === null) return true;
  if (only === undefined) onlyIn.set(root, hop ?? null);
  else if (only !== hop) onlyIn.set(root, null);
  return onlyIn.get(root) === null;
}

/** The logger for the records of a request that has none of its own; `undefined` if each one known may belong to another request. */
export function mainLogger(hop: Hop | undefined): object | undefined {
  const { main, votes, hasOthers } = pinoLines;
  return main !== undefined && (votes > 0 || !hasOthers || onlyIn.get(main) === hop) ? main : undefined;
}

/** The logger that `pino()` itself created and that this one descends from; `undefined` if it is not a pino logger. */
export function rootLogger(logger: unknown): object | undefined {
  const stream = symbolOf(logger, 'pino.stream');
  if (stream === undefined || prototypeOf(logger) === undefined) return undefined;
  let at = logger as object | null;
  while (at !== null && !Object.hasOwn(at, stream)) at = Object.getPrototypeOf(at) as object | null;
  return at ?? undefined;
}

/** True if a logger's bindings have one of these keys. */
export function isBound(logger: object, ...keys: readonly string[]): boolean {
  const symbol = symbolOf(logger, 'pino.chindings');
  const bindings = symbol === undefined ? undefined : (logger as Logger)[symbol];
  return typeof bindings === 'string' && keys.some((key) => hasKey(bindings, key));
}

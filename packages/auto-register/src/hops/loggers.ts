import { recordWriter, rootLogger } from '@corr/log-bridge/internal';
import type { WriteRecord } from '@corr/log-bridge/internal';
import { runIn } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';

/** Keys of our records. */
const KEYS = ['call', 'req', 'res', 'err', 'start', 'firstByte', 'responseTime'] as const;
export type HopRecord = Partial<Record<(typeof KEYS)[number], unknown>>;

/** A logger that writes less than the others do for this many lines gives way. */
const MOST_VOTES = 1000;

// The one that writes most lines, by the vote of Boyer and Moore: one logger is held, however many there are.
let main: object | undefined;
let votes = 0;
let lastLogger: object | undefined;
let lastRoot: object | undefined;
let writing = false;

/** Counts a line of the application's; false for one of ours. */
export function countLine(logger: object): boolean {
  if (writing) return false;
  if (logger !== lastLogger) {
    lastLogger = logger;
    lastRoot = rootLogger(logger);
  }
  if (lastRoot === main) votes = Math.min(votes + 1, MOST_VOTES);
  else if (main === undefined || --votes === 0) {
    main = lastRoot;
    votes = 1;
  }
  return true;
}

const writers = new WeakMap<object, WriteRecord>();

/** Writes a record of a hop in its context, by that logger, else by the one that the process writes most lines with; else none. */
export function writeRecord(context: Context, own: object | undefined, isWarning: boolean, record: HopRecord, message: string): void {
  const logger = own ?? main;
  if (logger === undefined) return;
  try {
    let write = writers.get(logger);
    if (write === undefined) writers.set(logger, (write = recordWriter(logger, KEYS)));
    writing = true;
    runIn(context, write as (...args: never[]) => void, undefined, [isWarning ? 'warn' : 'info', record, message]);
  } catch {
    // A formatter, a hook or a stream of the application's that throws: the request goes on.
  } finally {
    writing = false;
  }
}

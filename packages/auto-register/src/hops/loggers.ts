import { pinoLines, recordWriter } from '@corr/log-bridge/internal';
import type { WriteRecord } from '@corr/log-bridge/internal';
import { recordContext, runIn } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';

/** Keys of our records. */
const KEYS = ['call', 'req', 'res', 'err', 'start', 'firstByte', 'responseTime'] as const;
export type HopRecord = Partial<Record<(typeof KEYS)[number], unknown>>;

const writers = new WeakMap<object, WriteRecord>();

/** Writes a record of a hop in its context, by that logger, else by the one that the process writes most lines with; else none. */
export function writeRecord(context: Context, own: object | undefined, isWarning: boolean, record: HopRecord, message: string): void {
  const logger = own ?? pinoLines.main;
  if (logger === undefined) return;
  try {
    let write = writers.get(logger);
    if (write === undefined) writers.set(logger, (write = recordWriter(logger, KEYS)));
    runIn(recordContext(context), write as (...args: never[]) => void, undefined, [isWarning ? 'warn' : 'info', record, message]);
  } catch {
    // A formatter, a hook or a stream of the application's that throws: the request goes on.
  }
}

import { mainLogger, recordWriter } from '@corr/log-bridge/internal';
import type { WriteRecord } from '@corr/log-bridge/internal';
import { hopOf, recordContext, runIn } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';

/** Keys of hop records. */
const KEYS = ['call', 'req', 'res', 'err', 'start', 'firstByte', 'responseTime'] as const;
export type HopRecord = Partial<Record<(typeof KEYS)[number], unknown>>;

const writers = new WeakMap<object, WriteRecord>();

/** Writes a hop record in its context, with the given logger, or else with the one that writes most lines in this process. Without a logger, it writes nothing. */
export function writeRecord(context: Context, own: object | undefined, isWarning: boolean, record: HopRecord, message: string): void {
  const logger = own ?? mainLogger(hopOf(context));
  if (logger === undefined) return;
  try {
    let write = writers.get(logger);
    if (write === undefined) writers.set(logger, (write = recordWriter(logger, KEYS)));
    runIn(recordContext(context), write as (...args: never[]) => void, undefined, [isWarning ? 'warn' : 'info', record, message]);
  } catch {
    // A formatter, hook or stream of the application threw. The request continues.
  }
}

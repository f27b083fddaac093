import { mainLogger, recordWriter } from '@corr/log-bridge/internal';
import type { RecordWriter } from '@corr/log-bridge/internal';
import { activeContext, hopOf, recordContext, runIn } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { KEYS, membersOf } from './record';
import type { HopRecord } from './record';

const writers = new WeakMap<object, RecordWriter<HopRecord>>();

/** Writes a hop record in its context, with the given logger, or else with the one that writes most lines in this process. Without a logger, it writes nothing. */
export function writeRecord(context: Context, own: object | undefined, isWarning: boolean, record: HopRecord, message: string): void {
  const logger = own ?? mainLogger(hopOf(context));
  if (logger === undefined) return;
  try {
    let writer = writers.get(logger);
    if (writer === undefined) writers.set(logger, (writer = recordWriter(logger, KEYS, membersOf)));
    const level = isWarning ? 'warn' : 'info';
    // The context of a record is for what a stream or a hook does with it. Mostly nobody does anything.
    if (activeContext() === context && writer.isAlone(level)) writer.write(level, record, message);
    else runIn(recordContext(context), writer.write as (...args: never[]) => void, undefined, [level, record, message]);
  } catch {
    // A formatter, hook or stream of the application threw. The request continues.
  }
}

import { RecordWriter, mainLogger } from '@corr/log-bridge/internal';
import { activeContext, hopOf, recordContext, runIn } from '@corr/propagator/internal';
import type { Hop } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { Elsewhere } from '../node/emitters';
import { KEYS, membersOf } from './record';
import type { HopRecord } from './record';

/** What is known about a logger. A framework creates one for each request. */
interface Known {
  firstIn: Hop | undefined;
  writer: RecordWriter<HopRecord> | undefined;
}

class Noticed extends Elsewhere {
  readonly #known: Known = { firstIn: undefined, writer: undefined };

  static about(logger: object): Known {
    return #known in logger ? logger.#known : new Noticed(logger).#known;
  }
}

/** True if a logger wrote its first line during the request with that hop. */
export function isFirstIn(logger: object, hop: Hop): boolean {
  return (Noticed.about(logger).firstIn ??= hop) === hop;
}

/** Writes a hop record in its context, with the given logger, or else with the one that writes most lines in this process. Without a logger, it writes nothing. */
export function writeRecord(context: Context, own: object | undefined, isWarning: boolean, record: HopRecord, message: string): void {
  const logger = own ?? mainLogger(hopOf(context));
  if (logger === undefined) return;
  try {
    const writer = (Noticed.about(logger).writer ??= new RecordWriter(logger, KEYS, membersOf));
    const level = isWarning ? 'warn' : 'info';
    // The context of a record is for what a stream or a hook does with it. Mostly nobody does anything.
    if (activeContext() === context && writer.isAlone(level)) writer.write(level, record, message);
    else runIn(recordContext(context), writer.write as (...args: never[]) => void, writer, [level, record, message]);
  } catch {
    // A formatter, hook or stream of the application threw. The request continues.
  }
}

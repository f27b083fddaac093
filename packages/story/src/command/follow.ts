import { answerText } from '../answer';
import type { Entry } from '../model';
import type { ReadOptions } from '../read';
import { fieldsText } from '../terminal/fields';
import { cut, fit } from '../terminal/paint';
import type { Paint } from '../terminal/paint';
import { timeOfDay } from '../terminal/story';
import { printable, printableJson } from '../terminal/printable';
import type { Command } from './options';
import type { Output } from './output';
import type { Reader } from './reader';

export interface Following {
  reader: Reader;
  options: ReadOptions;
  command: Command;
  output: Output;
  paint: Paint;
}

/** Prints new lines of one ID, or the first line of each new request that fails, until the process is told to stop. */
export async function followRequests(query: { id?: string; failed?: boolean }, { reader, options, command, output, paint }: Following): Promise<number> {
  const stop = new AbortController();
  const seen = new Set<string>();
  let found = 1;
  for await (const entry of reader.follow(query, { ...options, signal: stop.signal })) {
    if (query.failed === true && entry.id !== undefined) {
      if (seen.has(entry.id)) continue;
      seen.add(entry.id);
    }
    found = 0;
    await output.line(command.json ? printableJson(entry) : lineOf(entry, query, command, paint));
    await output.flush();
    if (!output.isOpen) stop.abort();
  }
  return found;
}

function lineOf(entry: Entry, { id }: { id?: string }, { utc }: Command, paint: Paint): string {
  const { time, service, level, msg, exchange, error, record, raw } = entry;
  const fields = fieldsText([], id ?? '')({ service, msg, record: record ?? raw, ...(exchange !== undefined && { exchange }) });
  const parts = [
    paint.dim(time === undefined ? '' : timeOfDay(time, utc)),
    ...(id === undefined ? [paint.bold(printable(entry.id ?? ''))] : []),
    paint.service(service, printable(service)),
    paint.level(level, fit((level ?? '').toUpperCase(), 5)),
    printable(msg),
    answerText(exchange ?? {}) ?? '',
    ...(error === undefined || error.message === msg ? [] : [paint.red(printable(error.message))]),
    paint.dim(fields),
  ];
  return cut(parts.filter((part) => part !== '').join('  '), paint.lineWidth);
}

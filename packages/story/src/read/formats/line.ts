import type { Entry } from '../../model';
import type { ParseOptions } from '../options';
import { exportedLines } from './exports';
import { jsonIn } from './json';
import { isOtlp, otlpEntries } from './otlp';
import { entryOf } from './record';
import { serviceOf } from './service';
import type { Wrapping } from './service';
import { logfmtRecord, prettyRecord, textEntry } from './text';
import { unwrapRecord, unwrapText } from './wrappers';

const WRAPPERS = 4; // compose around docker around a shipper are three

/**
 * Parses one line: one entry; several for an OTLP batch; none for a blank line. Never throws. Lines that belong together may be
 * passed as one text: pino-pretty's, an indented stack, or the parts into which docker and CRI split long lines.
 */
export function parseLine(text: string, sourceName: string, options: ParseOptions = {}): Entry[] {
  const line = text.replace(/^[\ufeff\0]+/, '').replace(/[\r\n]+$/, ''); // a log truncated while it is written begins with NULs
  if (line.trim() === '') return [];
  return parse(line, { name: sourceName }, serviceOf(sourceName), {}, options, WRAPPERS);
}

function parse(text: string, source: Entry['source'], service: string, wrapping: Wrapping, options: ParseOptions, wrappers: number): Entry[] {
  const read = jsonIn(text);
  if (read !== undefined) {
    const { record, list = exportedLines(record), raw } = read;
    if (list !== undefined && wrappers > 0) return list.flatMap((each) => parse(JSON.stringify(each), source, service, wrapping, options, wrappers - 1));
    if (isOtlp(record)) return otlpEntries(record, source, service, options);
    const inner = wrappers > 0 ? unwrapRecord(record, options) : undefined;
    if (inner !== undefined) return parse(inner.text, source, service, { ...wrapping, ...inner.wrapping }, options, wrappers - 1);
    return [entryOf(record, raw, source, service, wrapping, options)];
  }
  const pretty = prettyRecord(text, options); // before wrappers: on a single line, it also ends with JSON
  const inner = wrappers > 0 && pretty === undefined && !text.startsWith('{') ? unwrapText(text) : undefined;
  if (inner !== undefined) return parse(inner.text, source, service, { ...wrapping, ...inner.wrapping }, options, wrappers - 1);
  const made = pretty ?? logfmtRecord(text);
  return [made === undefined ? textEntry(text, source, service, wrapping, options) : entryOf(made, text, source, service, wrapping, options)];
}

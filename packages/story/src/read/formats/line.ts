import type { Entry } from '../../model';
import type { ParseOptions } from '../options';
import { isObject, tooDeep } from './fields';
import type { Json } from './fields';
import { isOtlp, otlpEntries } from './otlp';
import { entryOf } from './record';
import { serviceOf } from './service';
import type { Wrapping } from './service';
import { logfmtRecord, prettyRecord, textEntry } from './text';
import { joinDocker, unwrapRecord, unwrapText } from './wrappers';

const WRAPPERS = 4; // compose around docker around a shipper are three
const SHALLOW = 2000; // a text this short cannot nest too deep

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
  const record = recordIn(text);
  if (record !== undefined) {
    if (isOtlp(record)) return otlpEntries(record, source, service, options);
    const inner = wrappers > 0 ? unwrapRecord(record) : undefined;
    if (inner !== undefined) return parse(inner.text, source, service, { ...wrapping, ...inner.wrapping }, options, wrappers - 1);
    return [entryOf(record, text, source, service, wrapping, options)];
  }
  const pretty = prettyRecord(text, options); // before wrappers: on a single line, it also ends with JSON
  const inner = wrappers > 0 && pretty === undefined && !text.startsWith('{') ? unwrapText(text) : undefined;
  if (inner !== undefined) return parse(inner.text, source, service, { ...wrapping, ...inner.wrapping }, options, wrappers - 1);
  const made = pretty ?? logfmtRecord(text);
  return [made === undefined ? textEntry(text, source, service, wrapping, options) : entryOf(made, text, source, service, wrapping, options)];
}

/** Parses a text as an object. Returns `undefined` for other text, and for objects nested too deep to show. */
function recordIn(text: string): Json | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) && !(text.length > SHALLOW && tooDeep(value)) ? value : undefined;
  } catch {
    return text.startsWith('{"log":') && text.includes('\n') ? dockerParts(text) : undefined;
  }
}

function dockerParts(text: string): Json | undefined {
  try {
    return joinDocker(text.split('\n').map((line) => JSON.parse(line) as Json));
  } catch {
    return undefined;
  }
}

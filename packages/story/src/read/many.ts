import type { Entry } from '../model';
import type { Block } from './blocks';
import { parseLine } from './formats/line';
import { mentionedOf, writtenForms } from './mentions';
import { isOutside, placed } from './one';
import type { ReadOptions } from './options';
import { endOfRecord, hasAt } from './records';
import { scan } from './scan';
import type { Range } from './scan';
import type { Source, Sources } from './sources';
import { inOrder, inThreads } from './threads';
import { rangeOf } from './window';

const KEY = Buffer.from('"correlation_id":"');
const QUOTE = 34;
/** A message that journald exports as a list of its bytes. */
const BYTES = /"MESSAGE":\s*\[/;

/**
 * Reads all entries of several requests in one pass. A line with one request's ID in its field is not searched for the others: that
 * would cost more than the whole pass.
 */
export async function readMany(ids: Iterable<string>, sources: Sources, options: ReadOptions = {}): Promise<{ entries: Map<string, Entry[]>; notes: string[] }> {
  const wanted = [...ids];
  const parts = await inThreads({ kind: 'many', ids: wanted }, sources, options, rangeOf(options), (...where) => manyPart(wanted, ...where));
  const entries = new Map(wanted.map((id) => [id, inOrder(parts.map((part) => part.entries.get(id) ?? []), sources)]));
  return { entries, notes: [...new Set(parts.flatMap((part) => part.notes))] };
}

/** Reads the slices of one thread. */
export async function manyPart(ids: readonly string[], sources: Sources, options: ReadOptions, range: Range | undefined): Promise<{ entries: Map<string, Entry[]>; notes: string[] }> {
  const entries = new Map<string, Entry[]>(ids.map((id) => [id, []]));
  const named = mentionedOf(ids);
  let found = 0;
  const take = (text: string, source: Source, offset: number): void => {
    for (const entry of parseLine(text, source.name, { ...options, before: options.before ?? source.changed })) {
      const of = entry.id !== undefined && entries.has(entry.id) ? [entry.id] : named(entry.raw);
      for (const id of of) {
        if (isOutside(entry, options)) continue;
        entries.get(id)?.push(placed(entry, id, { name: source.name, offset }));
        found++;
      }
    }
  };
  const isPossible = firstBytesOf(ids);
  const escaped = ids.map(writtenForms).filter((forms) => forms.length > 1).flat().map((form) => Buffer.from(form));
  const hasAny = (line: Buffer): boolean => escaped.some((form) => line.includes(form));
  let column = 0;
  const look = ({ bytes, offset }: Block, source: Source): void => {
    for (let start = 0, key = -1; start < bytes.length; ) {
      const end = endOfRecord(bytes, start);
      // Most lines have the key in the same column as the line before, and looking there is far cheaper than a search.
      if (hasAt(bytes, KEY, start + column)) key = start + column;
      else if (key < start) {
        key = bytes.indexOf(KEY, start);
        if (key < 0) key = Infinity;
      }
      if (key < end) {
        column = key - start;
        const at = key + KEY.length;
        const isNamed = isPossible(bytes, at) && entries.has(bytes.toString('latin1', at, bytes.indexOf(QUOTE, at)));
        if (isNamed || (escaped.length > 0 && hasAny(bytes.subarray(start, end)))) take(bytes.toString('utf8', start, end), source, offset + start);
      } else {
        const text = bytes.toString('utf8', start, end);
        if (BYTES.test(text) || named(text).length > 0) take(text, source, offset + start);
      }
      start = end + 1;
    }
  };
  const notes = await scan(sources, look, () => found, options, range);
  return { entries, notes };
}

/** Tells from the first bytes of a text that it is none of the IDs. */
function firstBytesOf(ids: readonly string[]): (bytes: Buffer, at: number) => boolean {
  const length = ids.reduce((least, id) => Math.min(least, id.length), 8);
  const slots = new Uint8Array(1 << 20);
  const slotOf = (bytes: Buffer, at: number): number => {
    let hash = 0;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[at + i] as number), 0x01000193);
    return hash >>> 12;
  };
  for (const id of ids) slots[slotOf(Buffer.from(id), 0)] = 1;
  return (bytes, at) => slots[slotOf(bytes, at)] === 1;
}

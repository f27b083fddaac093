import type { Entry } from '../model';
import type { Block } from './blocks';
import { parseLine } from './formats/line';
import { isOf, isOutside, placed } from './one';
import type { ReadOptions } from './options';
import { endOfRecord } from './records';
import { scan } from './scan';
import type { Range } from './scan';
import type { Source, Sources } from './sources';
import { inOrder, inThreads } from './threads';
import { rangeOf } from './window';

/** The characters of an ID. Each word of a line is looked up, so the cost does not depend on the number of IDs. */
const WORDS = /[A-Za-z0-9._~:/+=@#-]+/g;
const KEY = Buffer.from('"correlation_id":"');
const QUOTE = 34;

/** Reads all entries of several requests in one pass. */
export async function readMany(ids: Iterable<string>, sources: Sources, options: ReadOptions = {}): Promise<{ entries: Map<string, Entry[]>; notes: string[] }> {
  const wanted = [...ids];
  const parts = await inThreads({ kind: 'many', ids: wanted }, sources, options, rangeOf(options), (...where) => manyPart(wanted, ...where));
  const entries = new Map(wanted.map((id) => [id, inOrder(parts.map((part) => part.entries.get(id) ?? []), sources)]));
  return { entries, notes: [...new Set(parts.flatMap((part) => part.notes))] };
}

/** Reads the slices of one thread. */
export async function manyPart(ids: readonly string[], sources: Sources, options: ReadOptions, range: Range | undefined): Promise<{ entries: Map<string, Entry[]>; notes: string[] }> {
  const entries = new Map<string, Entry[]>(ids.map((id) => [id, []]));
  let found = 0;
  const take = (text: string, source: Source, offset: number): void => {
    for (const entry of parseLine(text, source.name, { ...options, before: options.before ?? source.changed })) {
      const of = entry.id !== undefined && entries.has(entry.id) ? [entry.id] : (entry.raw.match(WORDS) ?? []).filter((word) => entries.has(word) && isOf(word, entry));
      for (const id of new Set(of)) {
        if (isOutside(entry, options)) continue;
        entries.get(id)?.push(placed(entry, id, { name: source.name, offset }));
        found++;
      }
    }
  };
  const look = ({ bytes, offset }: Block, source: Source): void => {
    for (let start = 0, key = bytes.indexOf(KEY); start < bytes.length; ) {
      const end = endOfRecord(bytes, start);
      if (key >= 0 && key < start) key = bytes.indexOf(KEY, start);
      if (key >= 0 && key < end) {
        const at = key + KEY.length;
        if (entries.has(bytes.toString('latin1', at, bytes.indexOf(QUOTE, at)))) take(bytes.toString('utf8', start, end), source, offset + start);
      } else {
        const text = bytes.toString('latin1', start, end);
        if ((text.match(WORDS) ?? []).some((word) => entries.has(word))) take(bytes.toString('utf8', start, end), source, offset + start);
      }
      start = end + 1;
    }
  };
  const notes = await scan(sources, look, () => found, options, range);
  return { entries, notes };
}

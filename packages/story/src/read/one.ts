import type { Entry } from '../model';
import type { Block } from './blocks';
import { parseLine } from './formats/line';
import { asByteList, isJournal, mentions, writtenForms } from './mentions';
import type { Found, ReadOptions } from './options';
import { recordAround } from './records';
import { scan } from './scan';
import type { Range } from './scan';
import type { Source, Sources } from './sources';
import { inOrder, inThreads } from './threads';
import { rangeOf, timeOfId } from './window';

/** Number of calls of other requests that are also used to measure clocks. */
export const NEIGHBOURS = 500;
/** Similar IDs kept while nothing is found, and similar IDs reported. */
const [KEPT, NEAREST] = [100, 5];
/** Bytes around a found line that are searched for calls to compare clocks by. */
const AROUND = 128 << 10;
const CALL = Buffer.from('responseTime');
/** The field with a hop's number, however the line is spaced, and escaped by a wrapper. */
const HOP = /hop\\*":/;
/** The beginning of a JSON record. Other text begins with a brace too, such as labels or an object that Node printed. */
const BROKEN = /^[\s[,]{0,40}\{\s*"[^"]*"\s*:/;

/** Reads all entries of one request. If the ID contains a time (UUIDv7), the period around that time is searched first. */
export async function readEntries(id: string, sources: Sources, options: ReadOptions & { neighbours?: number } = {}): Promise<Found> {
  const window = options.since === undefined && options.until === undefined ? timeOfId(id) : undefined;
  if (window !== undefined) {
    let isPart = false;
    const range = rangeOf({ ...options, ...window });
    const found = await read(id, sources, options, (source) => {
      const part = range?.(source);
      if (part !== undefined && (part[0] > 0 || part[1] < Infinity)) isPart = true;
      return part;
    });
    if (isPart) found.notes.push(EXPECTED);
    if (found.entries.length > 0) return found;
  }
  return read(id, sources, options, rangeOf(options));
}

const EXPECTED = 'The ID says when it was made. In large files, lines from 5 minutes before that to an hour after it were read: --since 1970-01-01 reads all.';

async function read(id: string, sources: Sources, options: ReadOptions & { neighbours?: number }, range: Range | undefined): Promise<Found> {
  const job = { kind: 'one' as const, id, neighbours: options.neighbours ?? 0 };
  const parts = await inThreads(job, sources, options, range, (...where) => onePart(id, where[0], { ...where[1], neighbours: job.neighbours }, where[2]));
  const entries = inOrder(parts.map((part) => part.entries), sources);
  const broken = new Map<string, number>();
  for (const [name, lines] of parts.flatMap((part) => part.broken)) broken.set(name, (broken.get(name) ?? 0) + lines);
  const like = new Set(parts.flatMap((part) => part.like));
  const outside = parts.reduce((sum, part) => sum + part.outside, 0);
  return {
    entries,
    notes: [
      ...new Set(parts.flatMap((part) => part.notes)),
      ...[...broken].map(([name, lines]) => `${name} has ${lines === 1 ? 'a broken line' : `${lines} broken lines`} of this request, shown as text.`),
      ...(outside > 0 ? [`Lines of this request are left out, because they are outside of --since and --until: at least ${outside}.`] : []),
    ],
    nearest: entries.length > 0 ? [] : [...like].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, NEAREST),
    neighbours: parts.flatMap((part) => part.neighbours).slice(0, job.neighbours),
  };
}

/** The result of one thread. */
interface Part {
  entries: Entry[];
  notes: string[];
  /** Names of files, with the number of broken lines in each. */
  broken: [name: string, lines: number][];
  like: string[];
  neighbours: Entry[];
  /** Number of lines that were read and are outside of the wanted period. */
  outside: number;
}

/** Reads the slices of one thread. */
export async function onePart(id: string, sources: Sources, options: ReadOptions & { neighbours?: number }, range: Range | undefined): Promise<Part> {
  const needles = writtenForms(id).map((form) => Buffer.from(form));
  const numbers = Buffer.from(asByteList(id));
  const found: Pick<Part, 'entries' | 'neighbours'> = { entries: [], neighbours: [] };
  const like = new Set<string>();
  const broken = new Map<string, number>();
  const most = options.neighbours ?? 0;
  const before = new Tail();
  let outside = 0;

  const look = ({ bytes, offset }: Block, source: Source): void => {
    let [first, past] = [-1, 0];
    const seen = new Set<number>();
    const take = (start: number, end: number): void => {
      const text = bytes.toString('utf8', start, end);
      const entries = parseLine(text, source.name, { ...options, before: options.before ?? source.changed });
      for (const entry of entries) {
        if (isOf(id, entry, entries.length)) {
          if (isOutside(entry, options)) {
            outside++;
            continue;
          }
          found.entries.push(placed(entry, id, { name: source.name, offset: offset + start }));
          if (entry.record === undefined && BROKEN.test(entry.raw)) broken.set(source.name, (broken.get(source.name) ?? 0) + 1);
        } else if (entry.id !== undefined && entry.id.includes(id) && like.size < KEPT) like.add(entry.id);
      }
    };
    for (const wanted of isJournal(bytes) ? [...needles, numbers] : needles) {
      let last = 0;
      for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, last)) {
        const [start, end] = recordAround(bytes, at);
        if (!seen.has(start)) take(start, end);
        seen.add(start);
        first = first < 0 ? start : Math.min(first, start);
        last = Math.max(end, at + 1);
        past = Math.max(past, last);
        if (last >= bytes.length) break;
      }
    }
    if (found.neighbours.length >= most) return;
    if (first >= 0) {
      const near = bytes.subarray(Math.max(0, first - AROUND), past + AROUND);
      // A file's last record is a block of its own.
      neighbours(first < AROUND ? Buffer.concat([before.of(source), near]) : near, id, source, options, found.neighbours, most);
    }
    before.keep(source, first < 0 ? bytes : bytes.subarray(past + AROUND)); // nothing twice
  };
  const notes = await scan(sources, look, () => found.entries.length, options, range);
  return { ...found, notes, broken: [...broken], like: [...like], outside };
}

/** The last bytes of the block before this one. */
class Tail {
  private readonly bytes = Buffer.allocUnsafe(AROUND >> 2);
  private length = 0;
  private source: Source | undefined;

  of(source: Source): Buffer {
    return this.bytes.subarray(0, source === this.source ? this.length : 0);
  }

  keep(source: Source, block: Buffer): void {
    this.source = source;
    this.length = block.copy(this.bytes, 0, Math.max(0, block.length - this.bytes.length));
  }
}

/** True if the ID field matches, or if the text contains the ID and the field has another one or none. */
export function isOf(id: string, entry: Entry, ofLine = 1): boolean {
  if (entry.id === id) return true;
  return ofLine === 1 && mentions(entry.raw, id);
}

/** An entry with its place; its own ID is removed if it is another one. */
export function placed({ id: own, ...entry }: Entry, id: string, source: Entry['source']): Entry {
  return { ...entry, ...(own === id && { id }), source };
}

export function isOutside({ time }: Entry, { since = -Infinity, until = Infinity }: { since?: number; until?: number }): boolean {
  return time !== undefined && (time < since || time > until);
}

/** Finds records of requests and calls with hops, of any request. */
function neighbours(bytes: Buffer, id: string, source: Source, options: ReadOptions, into: Entry[], most: number): void {
  for (let at = bytes.indexOf(CALL), end = 0; at >= 0 && into.length < most; at = bytes.indexOf(CALL, end)) {
    const [start, stop] = recordAround(bytes, at);
    end = Math.max(stop, at + 1);
    const text = bytes.toString('utf8', start, stop);
    if (!HOP.test(text)) continue;
    for (const entry of parseLine(text, source.name, options)) {
      if (entry.hop !== undefined && entry.exchange !== undefined && entry.id !== undefined && entry.id !== id) into.push(entry);
    }
  }
}

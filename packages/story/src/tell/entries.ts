import type { Entry, Exchange } from '../model';
import { isNumber } from './number';

/** Largest absolute value of a `Date`, in milliseconds. */
const FARTHEST = 8.64e15;
/** Longest plausible duration in milliseconds: ninety days. */
const LONGEST = 90 * 24 * 3_600_000;

/** The lines of a story by use. */
export interface Sorted {
  /** All of them, in the order in which they were read. */
  all: Entry[];
  /** Lines with the ID in its field. */
  own: Entry[];
  /** Text lines that contain the ID: plain lines, or JSON that was cut off. */
  text: Entry[];
  /** Lines of other requests, or of none, that mention the ID. */
  mentions: Entry[];
  /** Number of removed copies. */
  duplicates: number;
}

/** Removes copies, and values that no clock or timer can have produced. */
export function sortEntries(entries: Iterable<Entry>): Sorted {
  const sorted: Sorted = { all: [], own: [], text: [], mentions: [], duplicates: 0 };
  const seen = new Set<string>();
  for (const entry of entries) {
    // A line without a time can legitimately occur twice; one with a time was shipped or collected twice.
    if (entry.time !== undefined) {
      // A record without a name is of another service in each pipeline that ships it. The same text can be of two services.
      const key = `${entry.time} ${isExact(entry) ? '' : entry.service} ${entry.raw}`;
      if (seen.has(key)) {
        sorted.duplicates++;
        continue;
      }
      seen.add(key);
    }
    const clean = cleaned(entry);
    sorted.all.push(clean);
    if (entry.id !== undefined) sorted.own.push(clean);
    else if (entry.record === undefined) sorted.text.push(clean);
    else sorted.mentions.push(clean);
  }
  return sorted;
}

function isExact({ record, id, resolution }: Entry): boolean {
  return record !== undefined && id !== undefined && resolution <= 1;
}

function cleaned(entry: Entry): Entry {
  const { time, resolution, hop, call, exchange, ...rest } = entry;
  const clean: Entry = { ...rest, time: within(time, FARTHEST), resolution: Math.min(Math.max(within(resolution, LONGEST) ?? 1, 0), 86_400_000) };
  if (isNumber(hop)) clean.hop = hop;
  if (isNumber(call) && call.includes('.')) clean.call = call;
  if (exchange !== undefined) clean.exchange = cleanedExchange(exchange);
  return clean;
}

function cleanedExchange({ start, ms, firstByteMs, status, grpcStatus, ...rest }: Exchange): Exchange {
  const clean: Exchange = rest;
  if (status !== undefined && Number.isInteger(status) && status >= 100 && status < 1000) clean.status = status;
  if (grpcStatus !== undefined && Number.isInteger(grpcStatus) && grpcStatus >= 0 && grpcStatus <= 16) clean.grpcStatus = grpcStatus;
  const [begin, duration, first] = [within(start, FARTHEST), within(ms, LONGEST), within(firstByteMs, LONGEST)];
  if (begin !== undefined) clean.start = begin;
  if (duration !== undefined && duration >= 0) clean.ms = duration;
  if (first !== undefined && first >= 0) clean.firstByteMs = first;
  return clean;
}

function within(value: number | undefined, most: number): number | undefined {
  return value !== undefined && Math.abs(value) <= most ? value : undefined;
}

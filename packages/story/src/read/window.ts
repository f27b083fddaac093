import fs from 'node:fs';
import { parseLine } from './formats/line';
import type { ParseOptions, ReadOptions } from './options';
import { endOfRecord, firstRecordFrom } from './records';
import type { Range } from './scan';

const MINUTE = 60_000;
/** How far before and after the time in an ID its lines are searched first: clocks differ, and jobs continue after the response. */
const [BEFORE, AFTER] = [5 * MINUTE, 60 * MINUTE];
/** How far lines can be out of order: several threads write them, or they are flushed late. */
const SLACK = MINUTE;
/** Positions in a file whose times must be in order before bisection is used. */
const PLACES = 16;
const LOOK = 128 << 10;
const GLANCE = 8 << 10;
/** Reading a smaller file is faster than bisecting it. */
const LEAST = 4 << 20;

const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The period in which an ID's lines are expected, if the ID contains a time (RFC 9562, UUIDv7). */
export function timeOfId(id: string): { since: number; until: number } | undefined {
  const [, high, low] = UUID_V7.exec(id) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const made = Number.parseInt(high + low, 16);
  return { since: made - BEFORE, until: made + AFTER };
}

/** The part of a plain file with the times of a window, if its lines are in order of time. `undefined` reads all. */
export function rangeOf({ since, until, ...parsing }: Pick<ReadOptions, 'since' | 'until' | 'zone'>): Range | undefined {
  if (since === undefined && until === undefined) return undefined;
  return ({ path, size, name, changed }) => {
    if (size < LEAST) return undefined;
    const fd = fs.openSync(path, 'r');
    try {
      const at = (offset: number): number | undefined => timeAt(fd, offset, name, { ...parsing, before: changed });
      const places = Array.from({ length: PLACES }, (_, i) => Math.floor((size / PLACES) * i));
      const times = places.map(at);
      if (times.some((time, i) => time === undefined || (i > 0 && time < (times[i - 1] as number) - SLACK))) return undefined;
      /** The part between two of the places that has the first line of a time. */
      const around = (isBefore: (time: number) => boolean): [low: number, high: number] => {
        const next = (times as number[]).findIndex((time) => !isBefore(time));
        return next < 0 ? [places.at(-1) ?? 0, size] : [places[Math.max(0, next - 1)] ?? 0, places[next] ?? size];
      };
      const bounded = (isBefore: (time: number) => boolean): [low: number, high: number] => bisect(around(isBefore), (offset) => isBefore(at(offset) ?? Infinity));
      const [from] = since === undefined ? [0] : bounded((time) => time < since - SLACK);
      const [, to] = until === undefined ? [0, Infinity] : bounded((time) => time <= until + SLACK);
      return [from, to >= size ? Infinity : to];
    } finally {
      fs.closeSync(fd);
    }
  };
}

/** Two nearby positions: the lines at the first are before the target, those at the second are not. */
function bisect([low, high]: [low: number, high: number], isBefore: (offset: number) => boolean): [low: number, high: number] {
  while (high - low > LOOK) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(middle)) low = middle;
    else high = middle;
  }
  return [low, high];
}

/** The time of the first line at or after an offset that has one: most lines are short, so little is read first. */
function timeAt(fd: number, offset: number, name: string, options: ParseOptions): number | undefined {
  return timeWithin(fd, offset, GLANCE, name, options) ?? timeWithin(fd, offset, LOOK, name, options);
}

function timeWithin(fd: number, offset: number, size: number, name: string, options: ParseOptions): number | undefined {
  const bytes = Buffer.allocUnsafe(size);
  const read = fs.readSync(fd, bytes, 0, size, offset);
  const view = bytes.subarray(0, read);
  for (let start = firstRecordFrom(view, offset === 0 ? 0 : 1), tries = 0; start >= 0 && start < read && tries < 20; tries++) {
    const end = endOfRecord(view, start);
    if (end >= read && read === size) return undefined; // cut off by the end of what was read
    const [entry] = parseLine(view.toString('utf8', start, end), name, options);
    if (entry?.time !== undefined) return entry.time;
    start = end + 1;
  }
  return undefined;
}

import type { Performance } from 'node:perf_hooks';

/** Loaded when the first hop is timed: loading it is a tenth of what the preload adds to a start, and hops are off by default. */
let performance: Performance | undefined;
/** Best known difference, in milliseconds, between the wall clock and the monotonic clock. */
let offset = 0;
/** When the wall clock is read next. A busy server writes many records in one of its milliseconds, and one reading tells as much as all. */
let next = 0;

/** Milliseconds of the monotonic clock. */
export function now(): number {
  return (performance ?? start()).now();
}

function start(): Performance {
  ({ performance } = require('node:perf_hooks') as { performance: Performance });
  offset = performance.timeOrigin;
  return performance;
}

/** Converts a time of the monotonic clock to milliseconds since 1970, with fractions. `last` was read a moment ago. */
export function epochOf(moment: number, last: number): number {
  if (last >= next) {
    const before = now();
    const wall = Date.now();
    offset = aligned(offset, before, wall, now());
    next = before + 1;
  }
  return round(offset + moment);
}

/**
 * Moves the known offset into the range that one reading of the wall clock allows. The wall clock has whole milliseconds, and was
 * read at some time between two readings of the monotonic clock. So the offset follows a wall clock that is set, and it stays
 * right if the process is paused between the readings.
 */
export function aligned(known: number, before: number, wall: number, after: number): number {
  return Math.min(Math.max(known, wall - after), wall + 1 - before);
}

/** Rounds milliseconds to microseconds. */
export function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

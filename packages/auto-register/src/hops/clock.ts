import type { Performance } from 'node:perf_hooks';

/** Loaded when the first hop is timed: loading it is a tenth of what the preload adds to a start, and hops are off by default. */
let performance: Performance | undefined;
/** Milliseconds from the monotonic clock's zero to 1970's, as far as they are known. */
let offset = 0;

/** Milliseconds of the monotonic clock. */
export function now(): number {
  return (performance ?? start()).now();
}

function start(): Performance {
  ({ performance } = require('node:perf_hooks') as { performance: Performance });
  offset = performance.timeOrigin;
  return performance;
}

/** A moment of the monotonic clock as milliseconds since 1970, with fractions. */
export function epochOf(moment: number): number {
  const before = now();
  const wall = Date.now();
  offset = aligned(offset, before, wall, now());
  return round(offset + moment);
}

/**
 * The offset, within what one look at the other clock says: that was in whole milliseconds, and some time between two looks at
 * the monotonic one. So it follows a clock that is set, and a process that is stopped between two looks takes no harm.
 */
export function aligned(known: number, before: number, wall: number, after: number): number {
  return Math.min(Math.max(known, wall - after), wall + 1 - before);
}

/** To the microsecond. */
export function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

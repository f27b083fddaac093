import { performance } from 'node:perf_hooks';

/** Milliseconds between the two clocks, as far as it is known. */
let offset = performance.timeOrigin;

/** Milliseconds of the monotonic clock. */
export function now(): number {
  return performance.now();
}

/**
 * A moment of the monotonic clock as milliseconds since 1970, with fractions.
 *
 * `Date.now()` is in whole milliseconds: the offset stays within the one that it says, and so follows a clock that is set.
 */
export function epochOf(moment: number): number {
  const wall = Date.now();
  const told = offset + performance.now();
  if (told < wall) offset += wall - told;
  else if (told >= wall + 1) offset -= told - wall - 0.999;
  return round(offset + moment);
}

/** To the microsecond. */
export function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

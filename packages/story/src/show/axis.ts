import { duration } from '../tell/durations';

export interface Tick {
  /** Position as a fraction of the story's duration. */
  at: number;
  label: string;
}

const HOUR = 3_600_000;
/** Round durations for axis ticks, in milliseconds. */
const STEPS = [
  ...[0.001, 0.01, 0.1, 1, 10, 100].flatMap((power) => [power, 2 * power, 5 * power]),
  1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
];

/** Round times on an axis of this many milliseconds, at most `most`. */
export function ticksOf(ms: number, most = 7): Tick[] {
  if (!(ms > 0 && ms < Infinity)) return [{ at: 0, label: '0' }];
  const step = STEPS.find((each) => each >= ms / most) ?? Math.ceil(ms / most / HOUR) * HOUR;
  return Array.from({ length: Math.floor(ms / step) + 1 }, (_, i) => ({ at: (i * step) / ms, label: i === 0 ? '0' : label(i * step, ms) }));
}

/** All labels of one axis use the same unit. */
function label(ms: number, whole: number): string {
  if (whole < 2) return `${Number(ms.toFixed(3))} ms`;
  if (whole < 2000 || whole >= 120_000) return ms % 60_000 === 0 && ms < HOUR ? `${ms / 60_000} min` : duration(ms);
  return `${Math.round(ms / 10) / 100} s`;
}

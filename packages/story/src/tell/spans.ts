/** A period in epoch milliseconds. */
export interface Stretch {
  start: number;
  end: number;
}

/** From the first start to the last end; NaN if empty. */
export function hull(stretches: Iterable<Stretch>): Stretch {
  let [start, end] = [Infinity, -Infinity];
  for (const each of stretches) {
    if (each.start < start) start = each.start;
    if (each.end > end) end = each.end;
  }
  return start <= end ? { start, end } : { start: NaN, end: NaN };
}

/** The intersection; empty if there is none. */
export function clip({ start, end }: Stretch, to: Stretch): Stretch {
  const begin = Math.min(Math.max(start, to.start), to.end);
  return { start: begin, end: Math.max(begin, Math.min(end, to.end)) };
}

/** Milliseconds covered by at least one of them. */
export function unionOf(stretches: readonly Stretch[]): number {
  let [total, reached] = [0, -Infinity];
  for (const { start, end } of [...stretches].sort((a, b) => a.start - b.start)) {
    if (!(end > reached)) continue;
    total += end - Math.max(start, reached);
    reached = end;
  }
  return total;
}

/** Rounds milliseconds to microseconds; more digits come from the arithmetic. */
export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

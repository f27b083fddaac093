import type { Clock } from '../model';
import type { ClockPair } from './agreement';
import { toMicroseconds } from './spans';

/** Tolerance for rounding errors, in milliseconds. */
const ROUNDING = 1e-6;

/** Possible error of a time with whole milliseconds. */
const DIGIT = 1;

/** The correction of a clock: milliseconds to add to its times, and the possible error. */
export type Correction = Pick<Clock, 'correctionMs' | 'boundMs' | 'consistent'>;

/**
 * Corrects all clocks that calls connect with a reference, which is assumed to be right. The first reference is used; the others
 * serve clocks that nothing connects with it. The correction is the middle of the interval that all calls, over all paths, allow. A
 * clock that nothing contradicts is not corrected, and neither is one whose calls contradict one another, because it has jumped.
 */
export function correctClocks(references: readonly string[], pairs: readonly ClockPair[]): Map<string, Correction> {
  const apart = new Set<ClockPair>();
  for (;;) {
    const corrections = corrected(references, pairs, apart);
    // Clocks that seem to agree are corrected by the same, or by what their calls say; nothing between the two.
    const differing = pairs.filter((pair) => pair.agreed !== undefined && !apart.has(pair) && corrections.get(pair.from)?.correctionMs !== corrections.get(pair.to)?.correctionMs);
    if (differing.length === 0) return corrections;
    for (const pair of differing) apart.add(pair);
  }
}

function corrected(references: readonly string[], pairs: readonly ClockPair[], apart: ReadonlySet<ClockPair>): Map<string, Correction> {
  const bounds = new Bounds([...references, ...pairs.flatMap(({ from, to }) => [from, to])]);
  const regions = pairs.map((pair) => ({ ...pair, region: apart.has(pair) ? pair.region : (pair.agreed ?? pair.region) }));
  for (const { from, to, region } of regions.sort((a, b) => width(a) - width(b))) {
    if (region !== undefined) bounds.add(from, to, -region.most, -region.least);
  }
  const corrections = new Map<string, Correction>();
  for (const reference of references) {
    if (!corrections.has(reference)) fix(reference, true, bounds, corrections);
    // A clock that has jumped stays uncorrected; clocks connected through it are corrected relative to it.
    for (;;) {
      const jumped = pairs.find(({ from, to, region }) => region === undefined && corrections.has(from) !== corrections.has(to));
      if (jumped === undefined) break;
      fix(corrections.has(jumped.from) ? jumped.to : jumped.from, false, bounds, corrections);
    }
  }
  return corrections;
}

/** Fixes one clock and corrects all clocks that calls connect with it, the most precisely known first. */
function fix(reference: string, consistent: boolean, bounds: Bounds, corrections: Map<string, Correction>): void {
  corrections.set(reference, { correctionMs: 0, boundMs: consistent ? 0 : Infinity, consistent });
  const place = (clock: string, low: number, high: number): void => {
    // Earlier corrections have narrowed the interval: no call between the two may end before it began.
    const correctionMs = choose(bounds.between(reference, clock));
    bounds.add(reference, clock, correctionMs, correctionMs);
    corrections.set(clock, { correctionMs, boundMs: consistent ? Math.max(high - correctionMs, correctionMs - low) : Infinity, consistent: true });
  };
  const isOpen = ({ clock }: { clock: string }): boolean => !corrections.has(clock);
  const connected = bounds.connectedWith(reference).filter(isOpen);
  for (const { clock, low, high } of connected.sort((a, b) => a.high - a.low - (b.high - b.low))) place(clock, low, high);
  // Clocks that only a clock corrected by now bounds, on one side.
  for (;;) {
    const next = bounds.connectedWith(reference).find(isOpen);
    if (next === undefined) return;
    place(next.clock, -Infinity, Infinity);
  }
}

/** Zero if nothing contradicts it, else the middle of the interval; the nearest end if only one side is bounded. */
function choose({ low, high }: { low: number; high: number }): number {
  if (low <= ROUNDING && high >= -ROUNDING) return 0;
  if (Number.isFinite(low) && Number.isFinite(high)) return toMicroseconds((low + high) / 2);
  // With a bound on one side only, go one millisecond further: times have whole milliseconds, and a cause precedes its effect.
  return toMicroseconds(Number.isFinite(low) ? low + DIGIT : high - DIGIT);
}

function width({ region }: ClockPair): number {
  return region === undefined || !Number.isFinite(region.least) ? Number.MAX_VALUE : region.most - region.least;
}

/** Bounds of the differences between corrections, narrowed along all paths through other clocks. */
class Bounds {
  private readonly places: Map<string, number>;
  /** Upper bound of the second clock's correction minus the first's. */
  private readonly most: number[][];

  constructor(clocks: Iterable<string>) {
    this.places = new Map([...new Set(clocks)].map((clock, i) => [clock, i]));
    const { size } = this.places;
    this.most = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 0 : Infinity)));
  }

  /** Adds the bound that the second correction is greater by `low` to `high`. Ignored if it contradicts the known bounds. */
  add(first: string, second: string, low: number, high: number): void {
    const [a, b] = [this.place(first), this.place(second)];
    if ((this.most[b]?.[a] ?? 0) + high < -ROUNDING || (this.most[a]?.[b] ?? 0) - low < -ROUNDING) return;
    this.narrow(a, b, high);
    this.narrow(b, a, -low);
  }

  between(first: string, second: string): { low: number; high: number } {
    const [a, b] = [this.place(first), this.place(second)];
    return { low: -(this.most[b]?.[a] ?? Infinity), high: this.most[a]?.[b] ?? Infinity };
  }

  connectedWith(reference: string): { clock: string; low: number; high: number }[] {
    return [...this.places.keys()]
      .filter((clock) => clock !== reference)
      .map((clock) => ({ clock, ...this.between(reference, clock) }))
      .filter(({ low, high }) => low !== -Infinity || high !== Infinity);
  }

  private place(clock: string): number {
    return this.places.get(clock) as number;
  }

  private narrow(a: number, b: number, most: number): void {
    if (!(most < (this.most[a]?.[b] ?? Infinity))) return;
    const fromB = this.most[b] as number[];
    for (const row of this.most) {
      const toA = row[a] as number;
      if (toA === Infinity) continue;
      for (const [j, further] of fromB.entries()) {
        const way = toA + most + further;
        if (way < (row[j] as number)) row[j] = way;
      }
    }
  }
}

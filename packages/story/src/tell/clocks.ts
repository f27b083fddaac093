import type { Clock } from '../model';
import type { ClockPair } from './agreement';
import { toMicroseconds } from './spans';

/** Milliseconds that arithmetic may miss by. */
const ROUNDING = 1e-6;

/** Milliseconds that a time lacks for want of digits. */
const DIGIT = 1;

/** What is known of a clock: the milliseconds to add to its times, and how far off that can be. */
export type Correction = Pick<Clock, 'correctionMs' | 'boundMs' | 'consistent'>;

/**
 * Corrections of all clocks that calls connect with a reference, which is taken as right: the first one, and others where nothing
 * connects them with it. What is applied is the middle of what all calls on all ways leave open; a clock that nothing contradicts is
 * left as it is. So is one whose calls contradict one another: it has jumped.
 */
export function correctClocks(references: readonly string[], pairs: readonly ClockPair[]): Map<string, Correction> {
  const bounds = new Bounds([...references, ...pairs.flatMap(({ from, to }) => [from, to])]);
  for (const { from, to, region } of [...pairs].sort((a, b) => width(a) - width(b))) {
    if (region !== undefined) bounds.add(from, to, -region.most, -region.least);
  }
  const corrections = new Map<string, Correction>();
  for (const reference of references) {
    if (!corrections.has(reference)) fix(reference, true, bounds, corrections);
    // A clock that has jumped stays as it is, and those behind it follow it.
    for (;;) {
      const jumped = pairs.find(({ from, to, region }) => region === undefined && corrections.has(from) !== corrections.has(to));
      if (jumped === undefined) break;
      fix(corrections.has(jumped.from) ? jumped.to : jumped.from, false, bounds, corrections);
    }
  }
  return corrections;
}

/** Takes a clock as right, and puts right all that calls connect with it: those first that are known best. */
function fix(reference: string, consistent: boolean, bounds: Bounds, corrections: Map<string, Correction>): void {
  corrections.set(reference, { correctionMs: 0, boundMs: consistent ? 0 : Infinity, consistent });
  const connected = bounds.connectedWith(reference).filter(({ clock }) => !corrections.has(clock));
  for (const { clock, low, high } of connected.sort((a, b) => a.high - a.low - (b.high - b.low))) {
    // What was put right before has narrowed it: no call between the two may end up before it began.
    const correctionMs = choose(bounds.between(reference, clock));
    bounds.add(reference, clock, correctionMs, correctionMs);
    corrections.set(clock, { correctionMs, boundMs: consistent ? Math.max(high - correctionMs, correctionMs - low) : Infinity, consistent: true });
  }
}

/** Zero where nothing contradicts it, else the middle; the nearest where only one side is bounded. */
function choose({ low, high }: { low: number; high: number }): number {
  if (low <= ROUNDING && high >= -ROUNDING) return 0;
  if (Number.isFinite(low) && Number.isFinite(high)) return toMicroseconds((low + high) / 2);
  // What is bounded on one side goes a little further: times have whole milliseconds, and a cause comes before its effect.
  return toMicroseconds(Number.isFinite(low) ? low + DIGIT : high - DIGIT);
}

function width({ region }: ClockPair): number {
  return region === undefined || !Number.isFinite(region.least) ? Number.MAX_VALUE : region.most - region.least;
}

/** Bounds of the differences of corrections, each as narrow as all ways through other clocks make it. */
class Bounds {
  private readonly places: Map<string, number>;
  /** The most by which the second's correction is greater than the first's. */
  private readonly most: number[][];

  constructor(clocks: Iterable<string>) {
    this.places = new Map([...new Set(clocks)].map((clock, i) => [clock, i]));
    const { size } = this.places;
    this.most = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 0 : Infinity)));
  }

  /** Says that the second's correction is that much greater; nothing where this contradicts what is known. */
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

import type { Clock } from '../model';
import type { Crossing } from './crossings';
import { toMicroseconds } from './spans';

/** Calls between two clocks that are looked at: those nearest in time, since a clock also drifts. */
const NEAREST = 200;
/** Share of them that must agree. The rest may have been written down late, by a process that was busy. */
const AGREEMENT = 0.8;
/** Milliseconds that records may contradict one another before it is the clock: a busy process writes an end late. */
const LATE = 5;
/** Half-width that stands for none in the search for the narrowest way, in milliseconds. */
const UNBOUNDED = 1e12;

/** What is known of a clock: the milliseconds to add to its times, and how far off that can be. */
export type Correction = Pick<Clock, 'correctionMs' | 'boundMs' | 'consistent'>;

/**
 * Corrections of all clocks that calls connect with a reference, which is taken as right: the first one, and others where nothing
 * connects them with it. Each call bounds the difference of two clocks, the bounds of all calls between them are intersected, and
 * their middle is applied; a clock that nothing contradicts is left as it is. So is one whose calls contradict one another: it has
 * jumped.
 */
export function correctClocks(references: readonly string[], own: readonly Crossing[], around: readonly Crossing[], time: number): Map<string, Correction> {
  const pairs = pairsOf(own, around, time);
  const corrections = new Map<string, Correction>();
  const done = new Set<string>();
  const spread = (): void => {
    for (let clock = nearest(corrections, done); clock !== undefined; clock = nearest(corrections, done)) {
      done.add(clock);
      for (const { to, region } of pairs.get(clock) ?? []) {
        if (done.has(to) || region === undefined) continue;
        const reached = cross(corrections.get(clock) as Correction, region);
        const known = corrections.get(to);
        if (known === undefined || width(reached) < width(known)) corrections.set(to, reached);
      }
    }
  };
  for (const reference of references) {
    if (!done.has(reference)) corrections.set(reference, { correctionMs: 0, boundMs: 0, consistent: true });
    spread();
    // A clock that has jumped stays as it is, and those behind it follow it.
    for (;;) {
      const jumped = [...done].flatMap((clock) => pairs.get(clock) ?? []).find(({ to }) => !done.has(to));
      if (jumped === undefined) break;
      corrections.set(jumped.to, { correctionMs: 0, boundMs: Infinity, consistent: false });
      spread();
    }
  }
  return corrections;
}

/** An interval in which the difference of two clocks is. */
interface Region {
  least: number;
  most: number;
}

interface Pair {
  to: string;
  /** `undefined` where the calls contradict one another. */
  region: Region | undefined;
}

function pairsOf(own: readonly Crossing[], around: readonly Crossing[], time: number): Map<string, Pair[]> {
  const byPair = new Map<string, { from: string; to: string; own: Region[]; around: (Region & { away: number })[] }>();
  const add = (crossing: Crossing, isOwn: boolean): void => {
    const turned = crossing.from > crossing.to;
    const [from, to] = turned ? [crossing.to, crossing.from] : [crossing.from, crossing.to];
    const [least, most] = turned ? [-crossing.most, -crossing.least] : [crossing.least, crossing.most];
    const key = JSON.stringify([from, to]);
    let pair = byPair.get(key);
    if (pair === undefined) byPair.set(key, (pair = { from, to, own: [], around: [] }));
    if (isOwn) pair.own.push({ least, most });
    else pair.around.push({ least, most, away: Math.abs(crossing.time - time) });
  };
  for (const crossing of own) add(crossing, true);
  for (const crossing of around) add(crossing, false);

  const pairs = new Map<string, Pair[]>();
  const connect = (from: string, to: string, region: Region | undefined): void => {
    const list = pairs.get(from) ?? [];
    list.push({ to, region });
    pairs.set(from, list);
  };
  for (const { from, to, own: these, around: those } of byPair.values()) {
    const nearestOnes = those.sort((a, b) => a.away - b.away).slice(0, NEAREST);
    const region = agreement([...these, ...nearestOnes], these);
    connect(from, to, region);
    connect(to, from, region && { least: -region.most, most: -region.least });
  }
  return pairs;
}

/** Where nearly all bounds agree, and all of the story's own do; taken a little wider where they miss one another by a little. */
function agreement(bounds: readonly Region[], own: readonly Region[]): Region | undefined {
  for (const late of [0, LATE]) {
    const wide = bounds.map(({ least, most }) => ({ least: least - late, most: most + late }));
    const { region, agreeing } = densest(wide);
    const fitsOwn = own.every(({ least, most }) => least - LATE <= region.most && most + LATE >= region.least);
    if (agreeing >= AGREEMENT * bounds.length && fitsOwn) return region;
  }
  return undefined;
}

/** Where the most intervals overlap (K. Marzullo, 1984, as NTP selects its clocks). */
function densest(bounds: readonly Region[]): { region: Region; agreeing: number } {
  const edges = bounds.flatMap(({ least, most }) => [{ at: least, step: 1 }, { at: most, step: -1 }]);
  edges.sort((a, b) => (a.at === b.at ? b.step - a.step : a.at < b.at ? -1 : 1));
  let [count, agreeing] = [0, 0];
  let region: Region = { least: -Infinity, most: Infinity };
  for (const [i, { at, step }] of edges.entries()) {
    count += step;
    if (count <= agreeing) continue;
    agreeing = count;
    region = { least: at, most: edges[i + 1]?.at ?? Infinity };
  }
  return { region, agreeing };
}

/** Correction of a clock by that of another and the difference of the two. */
function cross({ correctionMs, boundMs }: Correction, { least, most }: Region): Correction {
  const [low, high] = [correctionMs - most, correctionMs - least];
  if (low <= 0 && high >= 0) return { correctionMs: 0, boundMs: boundMs + Math.max(-low, high), consistent: true };
  if (Number.isFinite(low) && Number.isFinite(high)) return { correctionMs: toMicroseconds((low + high) / 2), boundMs: boundMs + (high - low) / 2, consistent: true };
  return { correctionMs: toMicroseconds(Number.isFinite(low) ? low : high), boundMs: Infinity, consistent: true };
}

function nearest(corrections: ReadonlyMap<string, Correction>, done: ReadonlySet<string>): string | undefined {
  let best: string | undefined;
  for (const [clock, correction] of corrections) {
    if (!done.has(clock) && (best === undefined || width(correction) < width(corrections.get(best) as Correction))) best = clock;
  }
  return best;
}

function width({ boundMs }: Correction): number {
  return Number.isFinite(boundMs) ? boundMs : UNBOUNDED;
}

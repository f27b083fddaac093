import type { Crossing } from './crossings';
import { groupBy } from './group-by';

/** Calls between two clocks that are looked at: those nearest in time, since a clock also drifts. */
const NEAREST = 200;
/** Share of them that must agree. The rest may have been written down late, by a process that was busy. */
const AGREEMENT = 0.8;
/** Milliseconds that records may contradict one another by before it is the clock: a busy process writes an end late. */
const LATE = 5;
/** Milliseconds by which an answer may seem to end after its call where the clocks agree. */
const LATE_END = 20;
/** Two processes of one host agree to the millisecond. */
const ROUNDING = 1;

/** An interval in which the difference of two clocks is. */
export interface Region {
  least: number;
  most: number;
}

/** What one call says of it; `flipped`: seen from who answered. */
interface Bound extends Region {
  flipped: boolean;
}

/** What all calls between two clocks say of them. */
export interface ClockPair {
  from: string;
  to: string;
  /** How far `to` is ahead of `from`; `undefined` where the calls contradict one another. */
  region: Region | undefined;
}

/** Pools the calls between each two clocks, the story's own and those around it. */
export function clockPairs(own: readonly Crossing[], around: readonly Crossing[], time: number): ClockPair[] {
  const isOwn = new Set(own);
  const pairs = groupBy([...own, ...around].map((crossing) => ({ crossing, ...oneWay(crossing) })), ({ from, to }) => JSON.stringify([from, to]));
  return [...pairs.values()].map((bounds) => {
    const [{ from, to }] = bounds as [(typeof bounds)[number]];
    const these = bounds.filter(({ crossing }) => isOwn.has(crossing));
    const those = bounds.filter(({ crossing }) => !isOwn.has(crossing));
    those.sort((a, b) => Math.abs(a.crossing.time - time) - Math.abs(b.crossing.time - time));
    return { from, to, region: agreement([...these, ...those.slice(0, NEAREST)], these) };
  });
}

/** Calls in either direction tell of the same two clocks. */
function oneWay({ from, to, least, most }: Crossing): Bound & { from: string; to: string } {
  return from < to ? { from, to, least, most, flipped: false } : { from: to, to: from, least: -most, most: -least, flipped: true };
}

/** Where nearly all bounds agree, and the story's own do; taken a little wider where they miss one another by a little. */
function agreement(bounds: readonly Bound[], own: readonly Bound[]): Region | undefined {
  for (const late of [0, LATE]) {
    const { region, agreeing } = densest(bounds.map(({ least, most }) => ({ least: least - late, most: most + late })));
    const fitsOwn = own.every(({ least, most }) => least - LATE <= region.most && most + LATE >= region.least);
    if (agreeing >= AGREEMENT * bounds.length && fitsOwn) return withAgreedZero(region, bounds, own);
  }
  return undefined;
}

/**
 * Two clocks agree where nearly no call contradicts that, but for answers that ended a little after their calls: the last byte is
 * with the caller before the answerer gets to look at its clock.
 */
function withAgreedZero(region: Region, bounds: readonly Bound[], own: readonly Bound[]): Region {
  const agrees = ({ least, most, flipped }: Bound): boolean => least <= (flipped ? ROUNDING : LATE_END) && most >= -(flipped ? LATE_END : ROUNDING);
  const isAgreed = bounds.filter(agrees).length >= AGREEMENT * bounds.length && own.every(agrees);
  return isAgreed ? { least: Math.min(region.least, 0), most: Math.max(region.most, 0) } : region;
}

/** Where the most intervals overlap (K. Marzullo, 1984; NTP selects its servers so). */
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

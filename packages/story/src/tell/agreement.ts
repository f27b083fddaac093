import type { Crossing } from './crossings';
import { groupBy } from './group-by';

/** Calls between two clocks that are used: those nearest in time, because clocks drift. */
const NEAREST = 200;
/** Share of calls that must agree. A busy process may have logged the others late. */
const AGREEMENT = 0.8;
/** Contradictions up to this many milliseconds are attributed to late logging: a busy process records an end late. */
const LATE = 5;
/** Milliseconds by which an answer may seem to end after its call although the clocks agree. */
export const LATE_END = 20;
/** Two processes on one host agree to the millisecond. */
export const ROUNDING = 1;

/** An interval that contains the difference of two clocks. */
export interface Region {
  least: number;
  most: number;
}

/** The interval from one call; `flipped`: measured from the answering side. */
interface Bound extends Region {
  flipped: boolean;
}

/** The combined result of all calls between two clocks. */
export interface ClockPair {
  from: string;
  to: string;
  /** How far `to` is ahead of `from`; `undefined` if the calls contradict one another. */
  region: Region | undefined;
  /** The same, widened to zero, if the clocks seem to agree: used as long as both are then corrected by the same. */
  agreed?: Region;
}

/** Groups calls by the two clocks involved: those of this story and those around it. */
export function clockPairs(own: readonly Crossing[], around: readonly Crossing[], time: number): ClockPair[] {
  const isOwn = new Set(own);
  const pairs = groupBy([...own, ...around].map((crossing) => ({ crossing, ...oneWay(crossing) })), ({ from, to }) => JSON.stringify([from, to]));
  return [...pairs.values()].map((bounds) => {
    const [{ from, to }] = bounds as [(typeof bounds)[number]];
    const these = bounds.filter(({ crossing }) => isOwn.has(crossing));
    const those = bounds.filter(({ crossing }) => !isOwn.has(crossing));
    those.sort((a, b) => Math.abs(a.crossing.time - time) - Math.abs(b.crossing.time - time));
    return { from, to, ...agreement([...these, ...those.slice(0, NEAREST)], these) };
  });
}

/** Normalises the direction, because calls in either direction measure the same two clocks. */
function oneWay({ from, to, least, most }: Crossing): Bound & { from: string; to: string } {
  return from < to ? { from, to, least, most, flipped: false } : { from: to, to: from, least: -most, most: -least, flipped: true };
}

/**
 * The interval in which nearly all bounds agree, including those of this story. If the bounds just miss each other, they are widened
 * slightly.
 */
function agreement(bounds: readonly Bound[], own: readonly Bound[]): Pick<ClockPair, 'region' | 'agreed'> {
  for (const late of [0, LATE]) {
    const { region, agreeing } = densest(bounds.map(({ least, most }) => ({ least: least - late, most: most + late })));
    const fitsOwn = own.every(({ least, most }) => least - LATE <= region.most && most + LATE >= region.least);
    if (agreeing >= AGREEMENT * bounds.length && fitsOwn) return { region, ...withAgreedZero(region, bounds, own) };
  }
  return { region: undefined };
}

/**
 * Two clocks agree if nearly no call contradicts that. Answers that end slightly after their calls are tolerated: the caller can
 * receive the last byte before the server reads its clock.
 */
function withAgreedZero(region: Region, bounds: readonly Bound[], own: readonly Bound[]): Pick<ClockPair, 'agreed'> {
  const agrees = ({ least, most, flipped }: Bound): boolean => least <= (flipped ? ROUNDING : LATE_END) && most >= -(flipped ? LATE_END : ROUNDING);
  const isAgreed = bounds.filter(agrees).length >= AGREEMENT * bounds.length && own.every(agrees);
  return isAgreed ? { agreed: { least: Math.min(region.least, 0), most: Math.max(region.most, 0) } } : {};
}

/** The point where most intervals overlap (K. Marzullo, 1984; NTP selects its servers this way). */
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

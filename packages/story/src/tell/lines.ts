import type { Entry, Gap, Hop, StoryLine } from '../model';
import { spanOf } from './node';
import { COARSE } from './hops';
import { toMicroseconds } from './spans';
import type { Stretch } from './spans';

/** Longest silences that are looked at. */
const MOST_GAPS = 20;
/** Share of a silence in which a hop must have worked; less can come from rounded times. */
const LEAST_SHARE = 0.1;

/** All lines in causal order, as far as clocks and precision allow. */
export function tellLines(entries: readonly { entry: Entry; hop: Hop | undefined; textOnly: boolean }[], hops: readonly Hop[], shiftOf: (entry: Entry, hop: Hop | undefined) => number, start: number): StoryLine[] {
  const place = new Map(hops.map((hop, i) => [hop, i]));
  const depth = new Map<string, number>();
  for (const { hop, parent } of hops) depth.set(hop, parent === undefined ? 0 : (depth.get(parent) ?? 0) + 1);

  const asked = new Map(
    hops.flatMap((caller) => caller.calls.flatMap((call) => call.answers.map((answer) => [answer, { start: call.guessed === true ? caller.start : call.start, end: call.status === undefined || call.guessed === true ? Infinity : call.end }] as const))),
  );

  const before = new Map<string, { time: number; key: number }>();
  const keyed = entries.map(({ entry, hop, textOnly }) => {
    const process = `${entry.source.name}\n${entry.service}\n${entry.pid ?? ''}`;
    const last = before.get(process);
    const shift = shiftOf(entry, hop);
    const isEnd = entry.exchange !== undefined && entry.exchange.begun !== true;
    let time = entry.time === undefined ? undefined : entry.time + shift;
    if (time !== undefined && isEnd) time = writtenAt(time, hop, entry);
    let key = time ?? last?.key ?? start;
    // A record's end is more precise than its time; other lines cannot be older than their hop.
    const span = isEnd ? spanOf(entry) : undefined;
    if (span !== undefined && time !== undefined && entry.resolution < COARSE && Math.abs(span.end + shift - time) <= entry.resolution) key = span.end + shift;
    else if (hop !== undefined && key < hop.start && hop.start - key <= entry.resolution) key = hop.start;
    // It cannot be older than the call that it answers, and the caller's record of the call must come after the answer.
    const call = hop?.parent === undefined ? undefined : asked.get(hop.hop);
    if (call !== undefined && key < call.start && call.start - key <= 2 * entry.resolution) key = call.start;
    if (call !== undefined && isEnd && entry.call === undefined && key > call.end && key - call.end <= 2 * entry.resolution) key = call.end;
    // The lines of one process happened in the order in which it wrote them, however imprecise their times are.
    if (last !== undefined && key <= last.key && (entry.time ?? last.time) >= last.time - entry.resolution) key = last.key + 1e-3; // the precision of a double for current times
    before.set(process, { time: Math.max(entry.time ?? -Infinity, last?.time ?? -Infinity), key });
    const rank = hop === undefined ? 0 : isEnd ? hops.length + 1000 - (depth.get(hop.hop) ?? 0) : (place.get(hop) ?? 0);
    return { key, rank, line: lineOf(entry, hop, textOnly, time, start) };
  });
  return keyed.sort((a, b) => a.key - b.key || a.rank - b.rank).map(({ line }) => line);
}

/**
 * When a record of an exchange was written: at its end, though haproxy and uWSGI write the time of its start. If the record has whole
 * seconds, its hop was placed within that second by what is known about it.
 */
function writtenAt(time: number, hop: Hop | undefined, { exchange, call, time: written, resolution }: Entry): number {
  const end = exchange?.start === written ? time + (exchange?.ms ?? 0) : time;
  if (hop === undefined || call !== undefined || resolution < COARSE) return end;
  return hop.end >= end && hop.end - end <= resolution ? hop.end : end;
}

function lineOf(entry: Entry, hop: Hop | undefined, textOnly: boolean, time: number | undefined, start: number): StoryLine {
  return {
    ...(time !== undefined && { time, rawTime: entry.time as number, offsetMs: toMicroseconds(time - start) }),
    service: entry.service,
    ...(entry.level !== undefined && { level: entry.level }),
    ...(hop !== undefined && { hop: hop.hop }),
    msg: entry.msg,
    ...(entry.exchange !== undefined && { exchange: entry.exchange }),
    ...(entry.error !== undefined && { error: entry.error }),
    ...(textOnly && { textOnly }),
    record: entry.record ?? entry.raw,
  };
}

/** The longest period without a line in which a hop worked on the request, and the service that the request waited for. */
export function gapOf(lines: readonly StoryLine[], hops: readonly Hop[]): Gap | undefined {
  const gaps: Silence[] = [];
  let last: { time: number; at: number } | undefined;
  for (const [at, { time, textOnly }] of lines.entries()) {
    if (time === undefined || textOnly === true) continue;
    if (last !== undefined && time > last.time) gaps.push({ before: last.at, after: at, start: last.time, end: time });
    last = { time, at };
  }
  const byName = new Map(hops.map((hop) => [hop.hop, hop]));
  const hopAt = (at: number): Hop | undefined => byName.get(lines[at]?.hop ?? '');
  for (const gap of gaps.sort((a, b) => b.end - b.start - (a.end - a.start)).slice(0, MOST_GAPS)) {
    const who = workedIn(gap, hopAt(gap.before), hopAt(gap.after), hops);
    if (who !== undefined) return { service: who.service, hop: who.hop, before: gap.before, after: gap.after, ms: toMicroseconds(gap.end - gap.start) };
  }
  return undefined;
}

interface Silence extends Stretch {
  before: number;
  after: number;
}

/** The hop that spent the most critical time in a silence; without one, the hop of the line before or after, if it was at work. */
function workedIn({ start, end }: Silence, before: Hop | undefined, after: Hop | undefined, hops: readonly Hop[]): Hop | undefined {
  const within = (stretch: Stretch): number => Math.max(0, Math.min(stretch.end, end) - Math.max(stretch.start, start));
  // A root that nothing connects with the others seems to have worked all the time.
  const isAlone = ({ parent, calls }: Hop): boolean => parent === undefined && calls.length === 0 && hops.length > 1;
  const spent = (hop: Hop): number => isAlone(hop) ? 0 : hop.critical.reduce((sum, [from, to]) => sum + within({ start: from, end: to }), 0);
  let who = [before, after].find((hop) => hop !== undefined && within(hop) >= (end - start) / 2);
  let most = who === undefined ? (end - start) * LEAST_SHARE : spent(who);
  for (const hop of hops) {
    const time = spent(hop);
    if (time > most) [who, most] = [hop, time];
  }
  return who;
}

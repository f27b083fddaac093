import type { Entry, Gap, Hop, StoryLine } from '../model';
import { spanOf } from './node';
import type { Shift } from './hops';
import { toMicroseconds } from './spans';

/** All lines in causal order, as far as clocks and precision allow. */
export function tellLines(entries: readonly { entry: Entry; hop: Hop | undefined; textOnly: boolean }[], hops: readonly Hop[], shift: Shift, start: number): StoryLine[] {
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
    const time = entry.time === undefined ? undefined : entry.time + shift(entry);
    let key = time ?? last?.key ?? start;
    const isEnd = entry.exchange !== undefined && entry.exchange.begun !== true;
    // A record's end is more precise than its time; other lines cannot be older than their hop.
    const span = isEnd ? spanOf(entry) : undefined;
    if (span !== undefined && time !== undefined && Math.abs(span.end + shift(entry) - time) <= entry.resolution) key = span.end + shift(entry);
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

/** The longest period without a line, and the service that the request waited for. */
export function gapOf(lines: readonly StoryLine[], hops: readonly Hop[]): Gap | undefined {
  let gap: { ms: number; before: number; after: number } | undefined;
  let last: number | undefined;
  for (const [i, line] of lines.entries()) {
    if (line.time === undefined || line.textOnly === true) continue;
    const from = last === undefined ? undefined : lines[last]?.time;
    if (last !== undefined && from !== undefined && line.time - from > (gap?.ms ?? 0)) gap = { ms: line.time - from, before: last, after: i };
    last = i;
  }
  if (gap === undefined) return undefined;
  const [from, to] = [lines[gap.before]?.time as number, lines[gap.after]?.time as number];
  const spent = (hop: Hop): number => hop.critical.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)), 0);
  const hopAt = (i: number): Hop | undefined => hops.find(({ hop }) => hop === lines[i]?.hop);
  const before = hopAt(gap.before);
  // A hop that ended with its last line did nothing in this period.
  const wrote = before !== undefined && before.end <= from ? hopAt(gap.after) : before;
  let who = wrote;
  for (const hop of hops) if (spent(hop) > (who === undefined ? 0 : spent(who))) who = hop;
  return who && { service: who.service, hop: who.hop, ...gap, ms: toMicroseconds(gap.ms) };
}

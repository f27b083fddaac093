import type { Hop, Level, Story, StoryLine } from '../model';
import { calledOf } from '../tell/attempts';
import { treeOf } from './tree';
import type { Node } from './tree';

/** Start and end as fractions of the story's duration. */
export type Stretch = [from: number, to: number];

/** One row of the waterfall with its positions on the time axis. */
export interface PlacedRow extends Node {
  service: string;
  /** Number of the service in the story, which selects its colour; -1 for a service without lines. */
  colour: number;
  bar: Stretch;
  /** The caller's view: start and end of each call. */
  seen: Stretch[];
  /** Periods in which it waited for no call. */
  own: Stretch[];
  critical: Stretch[];
  gap?: Stretch;
  dots: { at: number; level: Level | undefined }[];
  /** Indices of its lines in the story. */
  lines: number[];
}

/** The rows of a story in display order. */
export function placedRowsOf(story: Story): PlacedRow[] {
  const span = Math.max(story.end - story.start, 0.001);
  const at = (time: number): number => Math.min(1, Math.max(0, (time - story.start) / span || 0));
  const stretch = (from: number, to: number): Stretch => [at(from), Math.max(at(from), at(to))];
  const colours = new Map(servicesOf(story).map((service, index) => [service, index]));
  const lines = linesByHop(story);

  return treeOf(story.hops).map((node) => {
    const { hop, calls } = node;
    const seen = calls.map((call) => stretch(call.start, call.end));
    if (hop === undefined) {
      const bar: Stretch = [Math.min(...seen.map(([from]) => from)), Math.max(...seen.map(([, to]) => to))];
      return { ...node, service: calls[0] === undefined ? '?' : calledOf(calls[0], () => undefined), colour: -1, bar, seen, own: [], critical: [], dots: [], lines: [] };
    }
    const own = lines.get(hop.hop) ?? [];
    const silence = hop.hop === story.gap?.hop ? [story.gap.before, story.gap.after].map((index) => story.lines[index]?.time) : [];
    return {
      ...node,
      service: hop.service,
      colour: colours.get(hop.service) ?? -1,
      bar: stretch(hop.start, hop.end),
      seen,
      own: hop.edge === 'missing' ? [] : ownTime(hop).map(([from, to]) => stretch(from, to)),
      critical: hop.critical.map(([from, to]) => stretch(from, to)),
      ...(silence[0] === undefined || silence[1] === undefined ? {} : { gap: stretch(silence[0], silence[1]) }),
      dots: own.flatMap((index) => {
        const { time, level } = story.lines[index] as StoryLine;
        return time === undefined ? [] : [{ at: at(time), level }];
      }),
      lines: own,
    };
  });
}

/** Services in order of first appearance, which is also the order of their colours. */
export function servicesOf(story: Story): string[] {
  return [...new Set([...story.hops.map(({ service }) => service), ...story.lines.map(({ service }) => service)])];
}

/** Indices of lines by hop; `undefined` holds those that belong to no hop of the story. */
export function linesByHop(story: Story): Map<string | undefined, number[]> {
  const lines = new Map<string | undefined, number[]>([[undefined, []], ...story.hops.map(({ hop }): [string, number[]] => [hop, []])]);
  for (const [index, { hop }] of story.lines.entries()) (lines.get(hop) ?? lines.get(undefined))?.push(index);
  return lines;
}

function ownTime(hop: Hop): Stretch[] {
  const own: Stretch[] = [];
  let from = hop.start;
  for (const call of [...hop.calls].sort((a, b) => a.start - b.start)) {
    if (call.start > from) own.push([from, Math.min(call.start, hop.end)]);
    from = Math.max(from, call.end);
  }
  if (from < hop.end) own.push([from, hop.end]);
  return own;
}

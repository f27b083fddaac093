import type { Clock, Entry, Hop, Story } from '../model';
import { LATE_END, clockPairs } from './agreement';
import { correctClocks } from './clocks';
import type { Correction } from './clocks';
import { criticalPath } from './critical';
import { crossingsAround, crossingsOf } from './crossings';
import { sortEntries } from './entries';
import type { ErrorsOf, Origin } from './failure';
import { COARSE, errorLinesOf, tellHops } from './hops';
import type { Shift } from './hops';
import { moveIntoCalls } from './late';
import { gapOf, tellLines } from './lines';
import { linkLoose } from './link';
import { looseNodes } from './loose';
import { nameServices } from './names';
import { clockOf, isCall } from './node';
import type { Node } from './node';
import { numberedNodes } from './numbered';
import { nameCalled } from './attempts';
import type { EndsAt } from './attempts';
import { frontOf, outcomeOf, silentOf } from './outcome';
import { hull, toMicroseconds } from './spans';
import type { Stretch } from './spans';
import { verdictOf } from './verdict';

export interface TellOptions {
  /** `as-is` keeps all times as logged; default `measured`. */
  clocks?: 'measured' | 'as-is';
  /** Records of other requests, which also help to measure clocks. */
  neighbours?: readonly Entry[];
  /** Notes on the input so far. */
  notes?: readonly string[];
}

/** Tells the story of one request from all lines that have its ID. Never throws. */
export function tell(id: string, entries: Iterable<Entry>, options: TellOptions = {}): Story {
  const { all, own, text, mentions, duplicates } = sortEntries(entries);
  nameServices(own, options.neighbours ?? []);
  const numbered = [...numberedNodes(own).values()];
  const loose = looseNodes(own, text, numbered);
  const nodes = [...numbered, ...loose];
  linkLoose(loose, nodes);

  const rootNodes = nodes.filter(({ answers }) => answers === undefined);
  const corrections = options.clocks === 'as-is' ? new Map<string, Correction>() : measure(rootNodes, nodes, options.neighbours ?? []);
  const shift: Shift = (of) => corrections.get(clockOf(of))?.correctionMs ?? 0;

  const recording = new Set([...own, ...(options.neighbours ?? [])].flatMap((entry) => (entry.hop !== undefined && entry.exchange !== undefined && !isCall(entry) ? [entry.service] : [])));
  const known = timesOf([...own, ...text].filter(({ resolution }) => resolution < COARSE), shift);
  const precise = hull(known);
  const trees = rootNodes.map((root) => tellHops(root, { shift, recording, precise })).sort((a, b) => beginOf(a) - beginOf(b));
  const moved = options.clocks === 'as-is' ? new Map<string, number>() : moveIntoCalls(trees);
  const hops = trees.flat();
  // Hops say more than times in whole seconds, which are up to a second early.
  const { start, end } = extent([hops, known.length > 0 ? known : timesOf([...own, ...text], shift)], timesOf(mentions, shift));
  settle(hops, start);

  const byName = new Map(hops.map((hop) => [hop.hop, hop]));
  const hopOf = (hop: string): Hop | undefined => byName.get(hop);
  nameCalled(hops, hopOf);
  const homes = new Map(nodes.flatMap((node) => node.entries.map((entry) => [entry, byName.get(node.hop) as Hop] as const)));
  const mentioned = new Set([...text, ...mentions]);

  const roots = trees.flatMap(([root]) => root ?? []);
  const front = frontOf(trees);
  const shares = front === undefined ? [] : criticalPath(front, hopOf);
  const lines = tellLines(all.map((entry) => ({ entry, hop: homes.get(entry), textOnly: mentioned.has(entry) })), hops, (entry, hop) => shift(entry) - (moved.get(hop?.hop ?? '') ?? 0), start);
  const gap = gapOf(lines, hops);
  const endsAt = endsOf(nodes, shift);
  const { status, origin } = outcomeOf(front, roots, hops, { hopOf, errorsOf: errorsOf(nodes, shift), endsAt });
  const silent = silentOf(hops, hopOf);
  const clocks = clocksOf(nodes, corrections);
  return {
    id,
    start,
    end,
    status,
    verdict: verdictOf({ start, status, hops, lines, front, hopOf, endsAt, origin, shares, gap, silent }),
    clocks,
    hops,
    lines,
    ...(gap !== undefined && { gap }),
    silent,
    notes: [...(options.notes ?? []), ...notesOf(duplicates, roots, clocks), ...lateOf(origin, front)],
  };
}

/** Measures all clocks against the clock of the largest tree's root; clocks not connected with it, against their own root's. */
function measure(roots: readonly Node[], nodes: readonly Node[], neighbours: readonly Entry[]): Map<string, Correction> {
  const sizes = new Map<Node, number>();
  for (const node of nodes) sizes.set(rootOf(node), (sizes.get(rootOf(node)) ?? 0) + 1);
  const bySize = [...roots].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
  const references = bySize.flatMap(heardFrom).map(clockOf);
  const own = crossingsOf(nodes);
  const clocks = new Set(nodes.flatMap(({ entries }) => entries.map(clockOf)));
  const around = crossingsAround(neighbours).filter(({ from, to }) => clocks.has(from) && clocks.has(to));
  return correctClocks([...new Set(references)], clockPairs(own, around, own[0]?.time ?? 0));
}

/** The hops below a root, and the root, that have lines and therefore a clock; callers first. */
function heardFrom(root: Node): Node[] {
  const queue = [root];
  for (const node of queue) for (const { answers } of node.calls) queue.push(...answers);
  return queue.filter(({ entries }) => entries.length > 0);
}

function rootOf(node: Node): Node {
  let root = node;
  while (root.answers !== undefined) root = root.answers.caller;
  return root;
}

function clocksOf(nodes: readonly Node[], corrections: ReadonlyMap<string, Correction>): Clock[] {
  const clocks = new Map<string, Clock>();
  for (const { service, host, entries } of nodes) {
    const correction = corrections.get(clockOf({ service, ...(host !== undefined && { host }) }));
    if (entries.length === 0 || correction === undefined || (correction.consistent && correction.correctionMs === 0 && (correction.boundMs === 0 || correction.boundMs === Infinity))) continue;
    clocks.set(`${service}\n${host ?? ''}`, { service, ...(host !== undefined && { host }), ...correction, boundMs: toMicroseconds(correction.boundMs) });
  }
  return [...clocks.values()];
}

function errorsOf(nodes: readonly Node[], shift: Shift): ErrorsOf {
  const byName = new Map(nodes.map((node) => [node.hop, node]));
  return ({ hop }) => {
    const node = byName.get(hop);
    const lines = node === undefined ? [] : errorLinesOf(node);
    return lines.map((entry) => ({ time: entry.time === undefined ? undefined : entry.time + shift(entry), failure: entry.error ?? { message: entry.msg } }));
  };
}

function endsOf(nodes: readonly Node[], shift: Shift): EndsAt {
  const byName = new Map(nodes.map((node) => [node.hop, node]));
  const timeOf = (entry: Entry): number => (entry.time ?? -Infinity) + shift(entry);
  return ({ hop }, { call }) => {
    const { entries = [], request, calls = [] } = byName.get(hop) ?? {};
    if (request !== undefined || call === undefined) return false;
    const last = entries.reduce<Entry | undefined>((found, entry) => (found === undefined || timeOf(entry) >= timeOf(found) ? entry : found), undefined);
    return last !== undefined && calls.some(({ number, record }) => number === call && record === last);
  };
}

function notesOf(duplicates: number, roots: readonly Hop[], clocks: readonly Clock[]): string[] {
  const notes: string[] = [];
  if (duplicates > 0) notes.push(`${duplicates} line${duplicates === 1 ? ' occurs' : 's occur'} twice; the copies are left out.`);
  for (const { service, consistent } of clocks) if (!consistent) notes.push(`${service}'s clock has jumped: its calls contradict one another. It is not corrected.`);
  const entrances = roots.filter(({ hop }) => !hop.startsWith('~'));
  if (entrances.length > 1) {
    // A client that tries again asks for the same. What differs was called by a service that numbers no hops.
    const asked = new Set(entrances.map(({ service, method, url, hop, edge }) => edge === 'missing' ? hop : `${service} ${method} ${url}`));
    const services = [...new Set(entrances.map(({ service }) => service))].join(', ');
    if (asked.size > 1) notes.push(`No line connects ${entrances.length} requests of this ID: ${services}. Which one the client called, and so what failed first, is a guess.`);
    else notes.push(`The ID came in ${entrances.length} times: ${services}.`);
  }
  return notes;
}

/** A cause cannot be behind its effect, the client's answer. */
function lateOf(origin: Origin | undefined, front: Hop | undefined): string[] {
  if (origin === undefined || front === undefined || origin.way[0] !== front || origin.time <= front.end + LATE_END) return [];
  return [`What failed first seems to be behind the end of the request: its caller had given up, or ${origin.hop.service}'s clock differs.`];
}

function extent(own: readonly Iterable<Stretch>[], others: Iterable<Stretch>): Stretch {
  const found = hull(own.map((each) => hull(each)).filter(({ start }) => !Number.isNaN(start)));
  const { start, end } = Number.isNaN(found.start) ? hull(others) : found;
  return Number.isNaN(start) ? { start: 0, end: 0 } : { start, end };
}

/** Hops without any time get the start of the story. */
function settle(hops: readonly Hop[], start: number): void {
  for (const hop of hops) {
    for (const call of hop.calls) if (Number.isNaN(call.start)) Object.assign(call, { start, end: start, ms: 0 });
    if (Number.isNaN(hop.start)) Object.assign(hop, { start, end: start, ms: 0, selfMs: 0 });
  }
}

function timesOf(entries: readonly Entry[], shift: Shift): Stretch[] {
  return entries.flatMap((entry) => (entry.time === undefined ? [] : { start: entry.time + shift(entry), end: entry.time + shift(entry) }));
}

function beginOf(tree: readonly Hop[]): number {
  const start = tree[0]?.start ?? NaN;
  return Number.isNaN(start) ? Infinity : start;
}

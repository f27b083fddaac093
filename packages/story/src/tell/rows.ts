import { answerText } from '../answer';
import type { Call, Hop, Story } from '../model';
import { answersOf, attemptsOf, calledOf, hasFailed, parallelOf } from './attempts';
import type { HopOf } from './attempts';

/** One bar of a row: a hop, or a call that no hop with lines answered. */
export interface Bar {
  start: number;
  end: number;
  edge: Hop['edge'];
  failed: boolean;
  /** `undefined` if no hop with lines answered. */
  hop?: Hop;
  call?: Call;
}

/** A row of the waterfall. */
export interface Row {
  depth: number;
  /** For this level and each level above, whether another row follows; the lines of the tree are drawn from it. */
  follows: boolean[];
  service: string;
  method?: string;
  url?: string;
  /** One for each answered attempt; several if a proxy retried. */
  statuses: (number | string)[];
  /** From the start of the first attempt to the end of the last. */
  ms: number;
  selfMs: number;
  /** One bar for each attempt, from left to right; if an attempt was delivered twice, each delivery has its own row. */
  bars: Bar[];
  /** Number of attempts; 1 if the call was not repeated. */
  attempts: number;
  /** Number of this delivery, from 1; only a proxy or a queue delivers a call more than once. */
  delivery: number;
  /** Whether the caller waited for another call in parallel. */
  parallel: boolean;
  /** Whether it is a queued message, for which nobody waited. */
  queued: boolean;
  failed: boolean;
  edge: Hop['edge'];
}

/** The rows of the waterfall in tree order; the attempts of one call share a row. */
export function rowsOf(story: Pick<Story, 'hops'>): Row[] {
  const byName = new Map(story.hops.map((hop) => [hop.hop, hop]));
  const hopOf: HopOf = (hop) => byName.get(hop);
  const rows: Row[] = [];
  const roots = story.hops.filter(({ parent }) => parent === undefined || !byName.has(parent));
  for (const [i, root] of roots.entries()) addHops([root], [barOf(root)], { hopOf, rows, follows: [i < roots.length - 1] });
  return rows;
}

interface Place {
  hopOf: HopOf;
  rows: Row[];
  follows: boolean[];
}

/** Adds a row for hops that are drawn as one, and the rows of their calls below it. */
function addHops(hops: readonly Hop[], bars: Bar[], place: Place, more: Partial<Row> = {}): void {
  const [first] = hops as [Hop];
  place.rows.push({ ...rowOf(bars, place), service: first.service, statuses: hops.flatMap((hop): (number | string)[] => hop.statuses ?? [answerText(hop) ?? []].flat()), ...said(first), ...more });
  const calls = hops.flatMap((hop) => hop.calls);
  const parallel = parallelOf(calls);
  const groups = attemptsOf(calls, place.hopOf);
  for (const [i, group] of groups.entries()) {
    const flags = { parallel: group.some((call) => parallel.has(call)), queued: group[0]?.queued === true };
    addCall(group, { ...place, follows: [...place.follows, i < groups.length - 1] }, flags);
  }
}

function addCall(attempts: readonly Call[], place: Place, flags: Partial<Row>): void {
  const { hopOf } = place;
  const answers = attempts.map((call) => answersOf(call, hopOf));
  const [first] = attempts as [Call];
  if (attempts.length === 1 && (answers[0]?.length ?? 0) > 1) {
    const deliveries = answers[0] as Hop[];
    for (const [i, hop] of deliveries.entries()) {
      const follows = [...place.follows.slice(0, -1), place.follows.at(-1) === true || i < deliveries.length - 1];
      addHops([hop], [barOf(hop, first)], { ...place, follows }, { ...flags, delivery: i + 1 });
    }
    return;
  }
  const bars = attempts.flatMap((call, i) => (answers[i]?.length === 0 ? barOfCall(call) : (answers[i] ?? []).map((hop) => barOf(hop, call))));
  const hops = answers.flat();
  const statuses = attempts.flatMap((call, i) => answerText(answers[i]?.at(-1) ?? {}) ?? answerText(call) ?? []);
  const row = { ...flags, attempts: attempts.length, ...(attempts.length > 1 && { statuses }) };
  if (hops.length > 0) addHops(hops, bars, place, row);
  else place.rows.push({ ...rowOf(bars, place), service: calledOf(first, hopOf), ...said(first), ...row, statuses });
}

function rowOf(bars: Bar[], { follows }: Place): Omit<Row, 'service' | 'statuses'> {
  const last = bars.at(-1) as Bar;
  return {
    depth: follows.length - 1,
    follows,
    ms: bars.length === 1 ? (last.hop?.ms ?? last.call?.ms ?? 0) : last.end - (bars[0] as Bar).start,
    selfMs: bars.reduce((sum, { hop }) => sum + (hop?.selfMs ?? 0), 0),
    bars,
    attempts: 1,
    delivery: 1,
    parallel: false,
    queued: false,
    failed: last.failed,
    edge: last.edge,
  };
}

function said({ method, url }: { method?: string; url?: string }): { method?: string; url?: string } {
  return { ...(method !== undefined && { method }), ...(url !== undefined && { url }) };
}

function barOf(hop: Hop, call?: Call): Bar {
  return { start: hop.start, end: hop.end, edge: hop.edge, failed: hop.failed || (call !== undefined && hasFailed(call)), hop, ...(call !== undefined && { call }) };
}

function barOfCall(call: Call): Bar {
  return { start: call.start, end: call.end, edge: 'missing', failed: hasFailed(call), call };
}

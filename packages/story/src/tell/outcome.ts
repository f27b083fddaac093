import { isFault } from '../answer';
import type { Call, Hop, Story } from '../model';
import { answersOf, hasFailed } from './attempts';
import type { EndsAt, HopOf } from './attempts';
import { first, originOf, unanswered } from './failure';
import type { ErrorsOf, Origin } from './failure';
import { serviceOfHost } from './node';

/** More milliseconds than any clock is off by: what begins that much later is another request. */
const APART = 10_000;
/** Possible error in milliseconds of an access log's times, which have whole seconds. */
const COARSE = 1000;

/**
 * Finds the hop that the client called. Candidates are roots with a request; trees with numbers are preferred. The longest wins,
 * because it waited for all others except those that it gave up on. If the client called several times, the last wins.
 */
export function frontOf(trees: readonly (readonly Hop[])[]): Hop | undefined {
  const numbered = trees.filter((tree) => tree.some(({ hop }) => !hop.startsWith('~')));
  const roots = (numbered.length > 0 ? numbered : trees).flatMap(([root]) => root ?? []);
  const asked = roots.filter(({ method, status, edge }) => method !== undefined || status !== undefined || edge === 'exact');
  const [first] = asked;
  if (first === undefined) return roots[0];
  const front = asked.filter(({ start }) => start <= first.start + APART).reduce((found, each) => (each.ms > found.ms && !gaveUpOn(found, each) ? each : found));
  // Without numbers, a root whose lines enclose all others was called first, even if no line says so.
  const around = numbered.length > 0 ? undefined : roots.find((root) => root !== front && root.start <= front.start && root.end >= front.end && root.ms > front.ms);
  if (around !== undefined) return around;
  return asked.filter(({ service, method, url }) => service === front.service && method === front.method && url === front.url).at(-1);
}

/** Whether a hop may result from a call that the other one gave up on: it began after that call. */
function gaveUpOn({ calls }: Hop, { start }: Hop): boolean {
  return calls.some((call) => call.error !== undefined && call.start <= start);
}

/** How the request ended, and where it failed first. */
export function outcomeOf(front: Hop | undefined, roots: readonly Hop[], hops: readonly Hop[], { hopOf, errorsOf, endsAt }: { hopOf: HopOf; errorsOf: ErrorsOf; endsAt: EndsAt }): { status: Story['status']; origin: Origin | undefined } {
  if (front === undefined) return { status: 'unknown', origin: undefined };
  const queued = hops.flatMap(({ calls }) => calls.filter((call) => call.queued === true)).flatMap((call) => answersOf(call, hopOf));
  const afterwards = [
    ...roots.filter((root) => root !== front && root.start > front.end + APART),
    ...queued,
    // No line says that anybody went on without these.
    ...[front, ...queued].flatMap((hop) => unanswered(hop, hopOf)),
  ].filter((hop) => endedBadly(hop, hopOf));
  const isBad = endedBadly(front, hopOf);
  const last = front.calls.at(-1);
  const isLeft = front.edge === 'open' || (last !== undefined && hasFailed(last) && endsAt(front, last));
  if (!isBad && afterwards.length === 0) return { status: isLeft ? 'unfinished' : hasEnd(front, hopOf) ? 'ok' : 'unknown', origin: undefined };

  const isNumbered = !front.hop.startsWith('~');
  const facts = { hopOf, errorsOf, beside: isNumbered ? roots.filter((root) => root !== front) : [] };
  const origin = (from: readonly Hop[]): Origin | undefined => first(from.flatMap((hop) => originOf(hop, facts) ?? []));
  if (!isBad) return { status: 'failed', origin: origin(afterwards) };
  const own = origin([front]);
  if (isNumbered || own?.hop !== front || own.call !== undefined) return { status: 'failed', origin: own };
  // If no line says who called whom: the first root that failed while the client waited.
  const beside = roots.filter((root) => root === front || (root.start <= front.end + COARSE && endedBadly(root, hopOf)));
  const began = beside.flatMap((hop) => originOf(hop, facts) ?? []);
  // An access log's times mark the end, in whole seconds. A logged error therefore says more than a status that was passed on.
  const written = began.filter(({ failure }) => failure !== undefined);
  return { status: 'failed', origin: first(written.length > 0 ? written : began) };
}

/** Whether a line says that the request was through: for a hop without lines, whether those that it called were. */
export function hasEnd(hop: Hop, hopOf: HopOf): boolean {
  if (hop.edge !== 'missing') return hop.edge === 'exact' || hop.status !== undefined || hop.aborted === true || (hop.edge === 'guessed' && hop.method !== undefined);
  return hop.calls.some((call) => answersOf(call, hopOf).some(({ edge }) => edge === 'exact'));
}

/** Called services without lines, by host name. */
export function silentOf(hops: readonly Hop[], hopOf: HopOf): string[] {
  const heard = new Set(hops.filter(({ lines }) => lines > 0).map(({ service }) => service));
  const hosts = new Set<string>();
  const isHeard = ({ answers }: Call): boolean => answers.some((answer) => (hopOf(answer)?.lines ?? 0) > 0);
  const calls = hops.flatMap((hop) => hop.calls);
  for (const call of calls) if (call.host !== undefined && isHeard(call)) hosts.add(call.host);
  const silent = calls.filter((call) => call.host !== undefined && !isHeard(call) && !hosts.has(call.host)).map(({ host }) => serviceOfHost(host) as string);
  return [...new Set(silent)].filter((service) => !heard.has(service));
}

function endedBadly(hop: Hop, hopOf: HopOf): boolean {
  if (hop.status !== undefined || hop.aborted === true) return isFault(hop) || hop.aborted === true;
  if (hop.edge !== 'missing') return hop.failed;
  // For a hop without lines, the best information is what the hops that it called say.
  const last = hop.calls.at(-1);
  return last !== undefined && (hasFailed(last) || last.answers.some((answer) => hopOf(answer)?.failed === true));
}

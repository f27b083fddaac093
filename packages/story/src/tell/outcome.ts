import type { Call, Hop, Story } from '../model';
import { hasFailed } from './attempts';
import type { HopOf } from './attempts';
import { first, originOf } from './failure';
import type { ErrorsOf, Origin } from './failure';
import { serviceOfHost } from './node';

/** Milliseconds that nobody's clock is off by: what begins that much later is another request. */
const APART = 10_000;
/** Milliseconds that an access log's times may be off by, which are in seconds. */
const COARSE = 1000;

/**
 * The hop that the client talked to: of the roots that tell of a request, of trees with numbers where there are any, the longest, since
 * it waited for all others but those that it gave up on. Where the client asked several times, the last.
 */
export function frontOf(trees: readonly (readonly Hop[])[]): Hop | undefined {
  const numbered = trees.filter((tree) => tree.some(({ hop }) => !hop.startsWith('~')));
  const roots = (numbered.length > 0 ? numbered : trees).flatMap(([root]) => root ?? []);
  const asked = roots.filter(({ method, status, edge }) => method !== undefined || status !== undefined || edge === 'exact');
  const [first] = asked;
  if (first === undefined) return roots[0];
  const front = asked.filter(({ start }) => start <= first.start + APART).reduce((found, each) => (each.ms > found.ms && !gaveUpOn(found, each) ? each : found));
  // Without numbers, whoever wrote around all of it was asked first, though no line of it says so.
  const around = numbered.length > 0 ? undefined : roots.find((root) => root !== front && root.start <= front.start && root.end >= front.end && root.ms > front.ms);
  if (around !== undefined) return around;
  return asked.filter(({ service, method, url }) => service === front.service && method === front.method && url === front.url).at(-1);
}

/** Whether a hop may be what a call led to that another gave up: it began after that call. */
function gaveUpOn({ calls }: Hop, { start }: Hop): boolean {
  return calls.some((call) => call.error !== undefined && call.start <= start);
}

/** How it ended, and where it failed first. */
export function outcomeOf(front: Hop | undefined, roots: readonly Hop[], hops: readonly Hop[], hopOf: HopOf, errorsOf: ErrorsOf): { status: Story['status']; origin: Origin | undefined } {
  if (front === undefined) return { status: 'ok', origin: undefined };
  const afterwards = [
    ...roots.filter((root) => root !== front && root.start > front.end + APART),
    ...hops.flatMap(({ calls }) => calls.filter(({ queued }) => queued === true)).flatMap(({ answers }) => answers.flatMap((answer) => hopOf(answer) ?? [])),
  ].filter((hop) => endedBadly(hop, hopOf));
  const isBad = endedBadly(front, hopOf);
  if (!isBad && afterwards.length === 0) return { status: front.edge === 'open' ? 'unfinished' : 'ok', origin: undefined };

  const origin = (from: readonly Hop[]): Origin | undefined => first(from.flatMap((hop) => originOf(hop, hopOf, errorsOf) ?? []));
  if (!isBad) return { status: 'failed', origin: origin(afterwards) };
  const own = origin([front]);
  if (!front.hop.startsWith('~') || own?.hop !== front || own.call !== undefined) return { status: 'failed', origin: own };
  // Where nothing says who called whom: the first of all that failed while the client waited.
  const beside = roots.filter((root) => root === front || (root.start <= front.end + COARSE && endedBadly(root, hopOf)));
  const began = beside.flatMap((hop) => originOf(hop, hopOf, errorsOf) ?? []);
  // Times of access logs are of the end, and in seconds: an error that somebody wrote a line of says more than a status that was passed on.
  const written = began.filter(({ failure }) => failure !== undefined);
  return { status: 'failed', origin: first(written.length > 0 ? written : began) };
}

/** Services that were called and have no line, by the names of their hosts. */
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
  if (hop.status !== undefined || hop.aborted === true) return (hop.status ?? 0) >= 500 || hop.aborted === true;
  if (hop.edge !== 'missing') return hop.failed;
  // Of a hop without lines, what those that it called say: as far as anybody knows.
  const last = hop.calls.at(-1);
  return last !== undefined && (hasFailed(last) || last.answers.some((answer) => hopOf(answer)?.failed === true));
}

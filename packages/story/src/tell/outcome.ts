import type { Call, Hop, Story } from '../model';
import { hasFailed } from './attempts';
import type { HopOf } from './attempts';
import { originOf } from './failure';
import type { ErrorsOf, Origin } from './failure';
import { serviceOfHost } from './node';

/** Milliseconds after the client's answer from which on another root is work of its own, not a part of what it asked for. */
const AFTERWARDS = 5;

/** The hop that the client talked to: the root that began first, of those that tell of a request where there are any. */
export function frontOf(roots: readonly Hop[]): Hop | undefined {
  return roots.find(({ method, status, edge }) => method !== undefined || status !== undefined || edge === 'exact') ?? roots[0];
}

/** How it ended, and where it failed first. */
export function outcomeOf(front: Hop | undefined, roots: readonly Hop[], hops: readonly Hop[], hopOf: HopOf, errorsOf: ErrorsOf): { status: Story['status']; origin: Origin | undefined } {
  if (front === undefined) return { status: 'ok', origin: undefined };
  const afterwards = [
    ...roots.filter((root) => root !== front && root.start > front.end + AFTERWARDS),
    ...hops.flatMap(({ calls }) => calls.filter(({ queued }) => queued === true)).flatMap(({ answers }) => answers.flatMap((answer) => hopOf(answer) ?? [])),
  ].filter((hop) => endedBadly(hop, hopOf));
  const isBad = endedBadly(front, hopOf);
  if (!isBad && afterwards.length === 0) return { status: front.edge === 'open' ? 'unfinished' : 'ok', origin: undefined };

  // Where nothing says who called whom, the first of all that failed while the client waited.
  const beside = isBad ? roots.filter((root) => root !== front && root.start <= front.end && endedBadly(root, hopOf)) : [];
  const origins = [...(isBad ? [front, ...beside] : []), ...afterwards].flatMap((hop) => originOf(hop, hopOf, errorsOf) ?? []);
  const [own] = origins;
  if (own !== undefined && own.way[0] === front && (own.hop !== front || own.call !== undefined)) return { status: 'failed', origin: own };
  return { status: 'failed', origin: origins.sort((a, b) => a.time - b.time)[0] };
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

import type { Entry } from '../model';
import { LATE_END } from './agreement';
import { groupBy } from './group-by';
import { exchangeOf, serviceOfHost, spanOf } from './node';
import type { Node, NodeCall } from './node';

/** Assumed agreement of clocks that nothing measures, in milliseconds. */
const TOLERANCE = 2000;

/**
 * Finds callers for hops without a number: a call with the same method and path, or, for a proxy's line, the hop to which it
 * forwarded the request. These are guesses and are marked as such.
 */
export function linkLoose(loose: readonly Node[], nodes: readonly Node[]): void {
  const calls = nodes.flatMap((node) => node.calls);
  for (const [answers, asked] of byRequest(loose, calls)) {
    for (const inner of byService(answers)) {
      const pairs = pair(inner, asked.filter(lacksItsAnswer), fitsCall).filter(([node, call]) => !isWithin(call.caller, node));
      for (const [call, found] of groupBy(pairs, ([, each]) => each)) {
        // The hop that answers this call's number is behind a service that forwards numbers.
        const behind = call.answers.filter(({ numbered }) => numbered).sort((a, b) => startOf(a) - startOf(b));
        const nodes = found.map(([node]) => node);
        for (const [i, node] of behind.entries()) pass((behind.length === nodes.length ? nodes[i] : nearest(node, nodes)) as Node, node, false);
        for (const [node, , sure] of found) put(node, call, sure);
      }
    }
  }

  linkUnended(loose, calls);

  const proxies = loose.filter(({ request }) => request?.exchange?.ms !== undefined);
  for (const [passedOn, others] of byRequest(nodes, proxies)) {
    for (const inner of byService(passedOn)) {
      const kinds = byService(others).filter(([other]) => other?.service !== inner[0]?.service);
      for (const [node, proxy, sure] of nearestKind(kinds.map((outer) => pair(inner, outer, fitsProxy)))) {
        const call = node.answers;
        if (isWithin(proxy, node) || (call !== undefined && proxy.answers !== undefined)) continue;
        pass(proxy, node, true);
        if (!sure) node.unsure = true;
        if (call !== undefined) put(proxy, call, sure);
      }
    }
  }
}

/**
 * Some hops log no request: they ended too early, or never log one. Some calls have no status, and only their host is known. If a
 * service has as many of these hops as of these calls, the hops answer the calls in order of time.
 */
function linkUnended(loose: readonly Node[], calls: readonly NodeCall[]): void {
  const asked = groupBy(calls, ({ record }) => serviceOfHost(record?.exchange?.host));
  for (const [service, nodes] of groupBy(loose.filter((node) => node.answers === undefined && exchangeOf(node) === undefined), (node) => node.service)) {
    const open = (asked.get(service) ?? []).filter(({ answers, record }) => record?.exchange?.status === undefined && !answers.some((node) => node.service === service));
    if (open.length !== nodes.length) continue;
    const first = ({ entries }: Node): number => entries.reduce((least, { time = Infinity }) => Math.min(least, time), Infinity);
    const ordered = [...nodes].sort((a, b) => first(a) - first(b));
    for (const [i, call] of open.sort((a, b) => startOf(a) - startOf(b)).entries()) {
      const node = ordered[i] as Node;
      if (isWithin(call.caller, node)) continue;
      for (const behind of call.answers.filter(({ numbered }) => numbered)) pass(node, behind, false);
      put(node, call, false);
    }
  }
}

type Pair<O> = [inner: Node, outer: O, sure: boolean];

/** Pairs by order of time if the counts are equal, or all with the only one; else each with the nearest in time. */
function pair<O extends Node | NodeCall>(inners: readonly Node[], outers: readonly O[], fits: (inner: Node, outer: O) => boolean): Pair<O>[] {
  const ordered = [...outers].sort((a, b) => startOf(a) - startOf(b));
  if (ordered.length === 1 || ordered.length === inners.length) {
    const sorted = [...inners].sort((a, b) => startOf(a) - startOf(b));
    const pairs = sorted.map((inner, i): Pair<O> => [inner, (ordered[i] ?? ordered[0]) as O, true]);
    if (pairs.every(([inner, outer]) => fits(inner, outer))) return pairs;
  }
  return inners.flatMap((inner): Pair<O>[] => {
    const near = ordered.filter((outer) => fits(inner, outer) && away(inner, outer) <= TOLERANCE);
    near.sort((a, b) => away(inner, a) - away(inner, b));
    return near[0] === undefined ? [] : [[inner, near[0], false]];
  });
}

/** Whether the call can have caused this hop: the hop took no longer, unless the caller gave up. */
function fitsCall(inner: Node, { record }: NodeCall): boolean {
  return record?.error !== undefined || tookNoLonger(inner, record);
}

/** Whether a proxy can have forwarded the request: the hop took no longer. If the hop is itself a guess, the times must overlap too. */
function fitsProxy(inner: Node, outer: Node): boolean {
  const [status, passed] = [inner.request?.exchange?.status, outer.request?.exchange?.status];
  if (inner.numbered ? status !== undefined && status !== passed && outer.request?.exchange?.statuses === undefined : away(inner, outer) > TOLERANCE) return false;
  return tookNoLonger(inner, outer.request);
}

function tookNoLonger({ request }: Node, outer: Entry | undefined): boolean {
  const [took, waited] = [request?.exchange?.ms, outer?.exchange?.ms];
  return took === undefined || waited === undefined || took <= waited + LATE_END;
}

function away(inner: Node, outer: Node | NodeCall): number {
  return Math.abs(startOf(outer) - startOf(inner));
}

function nearest(inner: Node, nodes: readonly Node[]): Node | undefined {
  return [...nodes].sort((a, b) => away(inner, a) - away(inner, b))[0];
}

/** Of several kinds of proxies, the one nearest to the hop, because proxies are chained. */
function nearestKind(kinds: Pair<Node>[][]): Pair<Node>[] {
  const total = (pairs: Pair<Node>[]): number => pairs.reduce((sum, [, outer]) => sum + (outer.request?.exchange?.ms ?? 0), 0);
  return kinds.filter((pairs) => pairs.length > 0).sort((a, b) => b.length - a.length || total(a) - total(b))[0] ?? [];
}

/** Whether no hop that answered a call logged the call's method and path. */
function lacksItsAnswer({ record, answers }: NodeCall): boolean {
  return record !== undefined && !answers.some((node) => requestOf(node) === requestOf({ record }));
}

function put(node: Node, call: NodeCall, sure: boolean): void {
  call.answers.push(node);
  node.answers = call;
  if (!sure) node.unsure = true;
}

/** Puts a hop under the hop that forwarded its request. */
function pass(caller: Node, node: Node, front: boolean): void {
  if (node.answers !== undefined) node.answers.answers = node.answers.answers.filter((each) => each !== node);
  const call: NodeCall = { caller, answers: [node] };
  if (front) call.front = true;
  caller.calls.push(call);
  node.answers = call;
}

function isWithin(node: Node, other: Node): boolean {
  for (let at: Node | undefined = node; at !== undefined; at = at.answers?.caller) if (at === other) return true;
  return false;
}

/** Groups inner and outer ones by method and path. */
function byRequest<O extends Node | NodeCall>(inners: readonly Node[], outers: readonly O[]): [Node[], O[]][] {
  const groups = groupBy(inners, requestOf);
  return [...groupBy(outers, requestOf)].flatMap(([key, group]) => (key === undefined ? [] : [[groups.get(key) ?? [], group]]));
}

/** Groups hops by service, the slowest first. */
function byService(nodes: readonly Node[]): Node[][] {
  const longest = (list: readonly Node[]): number => list.reduce((most, { request }) => Math.max(most, request?.exchange?.ms ?? 0), 0);
  return [...groupBy(nodes, ({ service }) => service).values()].sort((a, b) => longest(b) - longest(a));
}

function requestOf(each: Node | Pick<NodeCall, 'record'>): string | undefined {
  const { method, url } = ('hop' in each ? exchangeOf(each) : each.record?.exchange) ?? {};
  return method === undefined || url === undefined ? undefined : `${method} ${url}`;
}

function startOf(each: Node | NodeCall): number {
  const record = 'hop' in each ? (each.request ?? each.begun) : each.record;
  return (record === undefined ? undefined : spanOf(record)?.start) ?? 0;
}

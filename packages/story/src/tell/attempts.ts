import { isFault } from '../answer';
import type { Call, Hop } from '../model';
import { serviceOfHost } from './node';

/** Statuses, apart from 5xx, after which a client retries. */
const TRY_AGAIN = new Set([408, 425, 429]);
/** Milliseconds by which a retry may seem to begin before the previous attempt ended. */
const OVERLAP = 1;

/** Finds a hop of the story by its number. */
export type HopOf = (hop: string) => Hop | undefined;

/** Whether a call got no answer, or one that says that the service failed. */
export function hasFailed(call: Call): boolean {
  return call.error !== undefined || isFault(call);
}

/** Name of the called service: the one that answered, else the one that answered other calls to the host, else the host. */
export function calledOf(call: Call, hopOf: HopOf): string {
  return answererOf(call, hopOf)?.service ?? call.service ?? serviceOfHost(call.host) ?? 'an unknown service';
}

/** Names the services of unanswered calls, by the host that other calls were answered from: attempts of one call belong together. */
export function nameCalled(hops: readonly Hop[], hopOf: HopOf): void {
  const calls = hops.flatMap((hop) => hop.calls);
  const services = new Map<string, Set<string>>();
  for (const call of calls) {
    const hop = answererOf(call, hopOf);
    if (call.host === undefined || hop === undefined || hop.lines === 0) continue;
    services.set(call.host, (services.get(call.host) ?? new Set()).add(hop.service));
  }
  for (const call of calls) {
    const names = services.get(call.host ?? '');
    const [name] = names ?? [];
    if (names?.size === 1 && name !== undefined && answererOf(call, hopOf) === undefined) call.service = name;
  }
}

/** The hops that answered a call. */
export function answersOf({ answers }: Call, hopOf: HopOf): Hop[] {
  return answers.flatMap((answer) => hopOf(answer) ?? []);
}

function answererOf(call: Call, hopOf: HopOf): Hop | undefined {
  return answersOf(call, hopOf).find(({ service }) => service !== '?');
}

/** The calls of a hop, grouped by attempts: consecutive calls with the same method and path, each after a failure. */
export function attemptsOf(calls: readonly Call[], hopOf: HopOf): Call[][] {
  const groups: Call[][] = [];
  const last = new Map<string, Call[]>();
  for (const call of [...calls].sort((a, b) => a.start - b.start)) {
    const key = `${calledOf(call, hopOf)} ${call.method ?? ''} ${call.url ?? ''}`;
    const group = last.get(key);
    const before = group?.at(-1);
    if (group !== undefined && before !== undefined && call.method !== undefined && isRepeatedAfter(before) && call.start >= before.end - OVERLAP) group.push(call);
    else {
      const begun = [call];
      last.set(key, begun);
      groups.push(begun);
    }
  }
  return groups;
}

/** The calls of a hop that it waited for in parallel with another. */
export function parallelOf(calls: readonly Call[]): Set<Call> {
  const parallel = new Set<Call>();
  let last: Call | undefined;
  for (const call of calls.filter(({ queued }) => queued !== true).sort((a, b) => a.start - b.start)) {
    if (last !== undefined && call.start < last.end - OVERLAP) parallel.add(call).add(last);
    if (last === undefined || call.end > last.end) last = call;
  }
  return parallel;
}

/** Whether a client tries again after this answer. */
export function isRepeatedAfter(call: Call): boolean {
  return hasFailed(call) || TRY_AGAIN.has(call.status ?? 0);
}

/** True if the last that is known of a hop is the record of this call of it: no line follows, and it has no answer of its own. */
export type EndsAt = (hop: Hop, call: Call) => boolean;

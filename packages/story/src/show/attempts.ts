import type { Call, Hop } from '../model';

/** The calls of a hop by the time that they began, those together that try one thing again after it had failed. */
export function attemptsOf(hop: Hop): Call[][] {
  const groups: Call[][] = [];
  const latest = new Map<string, Call[]>();
  for (const call of [...hop.calls].sort((a, b) => a.start - b.start)) {
    const what = JSON.stringify([call.method, call.host, call.url]);
    const group = latest.get(what);
    if (group !== undefined && triedAgain(group.at(-1) as Call, call)) {
      group.push(call);
      continue;
    }
    const first = [call];
    groups.push(first);
    latest.set(what, first);
  }
  return groups;
}

/** True where a call began only when another had failed; a millisecond is what clocks without fractions leave open. */
function triedAgain(before: Call, call: Call): boolean {
  return before.end <= call.start + 1 && (before.error !== undefined || (before.status ?? 0) >= 500);
}

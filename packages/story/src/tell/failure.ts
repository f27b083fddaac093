import type { Call, Failure, Hop } from '../model';
import { attemptsOf, hasFailed } from './attempts';
import type { HopOf } from './attempts';

/** Milliseconds within which a call that ends with its aborted hop was taken along by the abort. */
const TAKEN_ALONG = 5;

/** Where a failure began. */
export interface Origin {
  hop: Hop;
  /** Epoch milliseconds, corrected. */
  time: number;
  /** The call that got no answer, or one of 5xx from a service without lines; else the hop failed by itself. */
  call?: Call;
  failure?: Failure;
  /** The hops that it went through, from where the client came in to where it began. */
  way: Hop[];
}

/** When a hop first wrote of an error, and what; of hops that wrote none nothing. */
export type ErrorOf = (hop: Hop) => { time: number | undefined; failure: Failure } | undefined;

/** Where the failure of a hop began: in what it called last in vain, and so on, down to the hop that failed by itself. */
export function originOf(hop: Hop, hopOf: HopOf, errorOf: ErrorOf, above: readonly Hop[] = []): Origin | undefined {
  const way = [...above, hop];
  const inVain = lastInVain(hop, hopOf);
  if (inVain !== undefined) {
    const origins = inVain.flatMap((call) => call.answers.flatMap((answer) => hopOf(answer) ?? []).filter(({ failed, aborted }) => failed || aborted === true));
    const deeper = origins.flatMap((answer) => originOf(answer, hopOf, errorOf, way) ?? []).sort((a, b) => a.time - b.time)[0];
    if (deeper !== undefined) return deeper;
    const call = inVain[0] as Call;
    return { hop, time: call.end, call, way, ...(call.error !== undefined && { failure: call.error }) };
  }
  const error = errorOf(hop);
  if (error !== undefined) return { hop, time: error.time ?? hop.end, failure: error.failure, way };
  // One that was aborted is what somebody's giving up led to.
  if ((hop.status ?? 0) < 500) return undefined;
  return { hop, time: hop.end, way, ...(hop.error !== undefined && { failure: hop.error }) };
}

/** All attempts of the call that a hop last made in vain. */
function lastInVain(hop: Hop, hopOf: HopOf): Call[] | undefined {
  const groups = attemptsOf(hop.calls.filter(({ queued }) => queued !== true), hopOf).filter((attempts) => {
    const last = attempts.at(-1) as Call;
    if (hop.aborted === true && last.error !== undefined && Math.abs(last.end - hop.end) <= TAKEN_ALONG) return false;
    return hasFailed(last) || last.answers.some((answer) => hopOf(answer)?.failed === true && last.status === undefined);
  });
  return groups.sort((a, b) => endOf(b) - endOf(a))[0];
}

function endOf(attempts: readonly Call[]): number {
  return attempts.at(-1)?.end ?? -Infinity;
}

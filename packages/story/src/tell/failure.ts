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

/** The errors that a hop wrote lines of, by time. */
export type ErrorsOf = (hop: Hop) => readonly { time: number | undefined; failure: Failure }[];

/** Where the failure of a hop began: in what it called last in vain, and so on, down to the hop that failed by itself. */
export function originOf(hop: Hop, hopOf: HopOf, errorsOf: ErrorsOf, above: readonly Hop[] = []): Origin | undefined {
  const way = [...above, hop];
  const errors = errorsOf(hop);
  const inVain = lastInVain(hop, hopOf, errors);
  if (inVain.length > 0) {
    const answers = inVain.flatMap((call) => call.answers.flatMap((answer) => hopOf(answer) ?? [])).filter(({ failed, aborted }) => failed || aborted === true);
    const deeper = answers.flatMap((answer) => originOf(answer, hopOf, errorsOf, way) ?? []).sort((a, b) => a.time - b.time)[0];
    if (deeper !== undefined) return deeper;
    const [call] = inVain as [Call];
    return { hop, time: call.end, call, way, ...(call.error !== undefined && { failure: call.error }) };
  }
  const [error] = errors;
  if (error !== undefined) return { hop, time: error.time ?? hop.end, failure: error.failure, way };
  // One that was aborted is what somebody's giving up led to.
  if ((hop.status ?? 0) < 500) return undefined;
  return { hop, time: hop.end, way, ...(hop.error !== undefined && { failure: hop.error }) };
}

/** All attempts of the call that a hop last made in vain, and of those that it made in vain at the same time; by their ends. */
function lastInVain(hop: Hop, hopOf: HopOf, errors: ReturnType<ErrorsOf>): Call[] {
  const calls = hop.calls.filter(({ queued }) => queued !== true);
  const groups = attemptsOf(calls, hopOf).filter((attempts) => {
    const last = attempts.at(-1) as Call;
    if (hop.aborted === true && last.error !== undefined && Math.abs(last.end - hop.end) <= TAKEN_ALONG) return false;
    if (!hasFailed(last) && !(last.status === undefined && last.answers.some((answer) => hopOf(answer)?.failed === true))) return false;
    // It went on to call others, and failed then: it could do without this one.
    const then = errors.find(({ time }) => time !== undefined && time >= last.end)?.time;
    return then === undefined || !calls.some(({ start }) => start > last.end && start < then);
  });
  groups.sort((a, b) => endOf(b) - endOf(a));
  let from = groups[0]?.[0]?.start ?? Infinity;
  const together = groups.filter((attempts) => {
    if (endOf(attempts) <= from) return false;
    from = Math.min(from, attempts[0]?.start ?? from);
    return true;
  });
  return together.flat().sort((a, b) => a.end - b.end);
}

function endOf(attempts: readonly Call[]): number {
  return attempts.at(-1)?.end ?? -Infinity;
}

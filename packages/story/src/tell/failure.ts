import { isFault } from '../answer';
import type { Call, Failure, Hop } from '../model';
import { LATE_END, ROUNDING } from './agreement';
import { answersOf, attemptsOf, hasFailed } from './attempts';
import type { HopOf } from './attempts';

/** A call that ends within this many milliseconds of its aborted hop was ended by the abort. */
export const TAKEN_ALONG = 5;

/** Where a failure began. */
export interface Origin {
  hop: Hop;
  /** Epoch milliseconds, corrected. */
  time: number;
  /** The call without an answer, or with a 5xx from a service without lines; absent if the hop itself failed. */
  call?: Call;
  failure?: Failure;
  /** The hops along which it spread, from the client's entry to its origin. */
  way: Hop[];
  /** The hop on this way that was guessed to have called the next. */
  guess?: Hop;
}

/** The errors that a hop logged, in order of time. */
export type ErrorsOf = (hop: Hop) => readonly { time: number | undefined; failure: Failure }[];

/** What is known when a failure is searched. */
export interface Facts {
  hopOf: HopOf;
  errorsOf: ErrorsOf;
  /** Requests that no line connects with the client's. */
  beside: readonly Hop[];
}

/** Finds where the failure of a hop began: follows its last failed calls down to the hop that failed by itself. */
export function originOf(hop: Hop, facts: Facts, above: readonly Hop[] = []): Origin | undefined {
  const { hopOf, errorsOf } = facts;
  const way = [...above, hop];
  const errors = errorsOf(hop);
  const guessed = guessedCalls(hop, facts.beside, way);
  const inVain = lastInVain({ ...hop, calls: [...hop.calls, ...guessed] }, hopOf, errors).flatMap((attempts): Origin[] => {
    const deeper = attempts.flatMap((call) => answersOf(call, hopOf).flatMap((answer) => beneath(answer, call, facts, way)));
    const [call] = attempts as [Call];
    const found = first(deeper);
    if (guessed.includes(call)) return found === undefined || found.time > (errors.at(-1)?.time ?? hop.end) ? [] : [{ guess: hop, ...found }];
    if (found === undefined && !hasFailed(call)) return []; // it has no record, and what answered it gave up as a consequence
    return [found ?? { hop, time: call.end, call, way, ...(call.error !== undefined && { failure: call.error }) }];
  });
  if (inVain.length > 0) return first(inVain);
  const [error] = errors;
  if (error !== undefined) return { hop, time: error.time ?? hop.end, failure: error.failure, way };
  // An aborted hop is a consequence, unless it broke its answer off itself: a caller or client gave up.
  if (!isFault(hop) && hop.brokenOff !== true) return undefined;
  return { hop, time: hop.end, way, ...(hop.error !== undefined && { failure: hop.error }) };
}

/** The calls that a hop without a number may have made: of those requests that no line connects with others, the ones within its time. */
function guessedCalls(hop: Hop, beside: readonly Hop[], way: readonly Hop[]): Call[] {
  if (!hop.hop.startsWith('~')) return [];
  const within = beside.filter((each) => !way.includes(each) && each.start >= hop.start - ROUNDING && each.end <= hop.end + LATE_END);
  return within.map(({ hop: answer, method, url, status, grpcStatus, start, end, ms }) => ({
    ...(method !== undefined && { method }), ...(url !== undefined && { url }), ...(status !== undefined && { status }), ...(grpcStatus !== undefined && { grpcStatus }), start, end, ms, answers: [answer], guessed: true,
  }));
}

/** Where an answer of a failed call failed; if it never ended, where those failed that it was waiting for when the call ended. */
function beneath(answer: Hop, { end }: Call, facts: Facts, above: readonly Hop[]): Origin[] {
  if (answer.failed || answer.aborted === true) return [originOf(answer, facts, above) ?? []].flat();
  if (answer.edge !== 'open') return [];
  const way = [...above, answer];
  return unanswered(answer, facts.hopOf).flatMap((hop) => (hop.failed ? (originOf(hop, facts, way) ?? []) : [])).filter(({ time }) => time <= end);
}

/** The hops that answer a hop that has not ended, and whose answers it had not recorded: it waited for them until the last line. */
export function unanswered(hop: Hop, hopOf: HopOf): Hop[] {
  if (hop.edge === 'exact' || hop.edge === 'missing' || hop.status !== undefined || hop.aborted === true) return [];
  const waited = hop.calls.filter(({ call, guessed, queued }) => call !== undefined && guessed === true && queued !== true);
  return waited.flatMap((call) => answersOf(call, hopOf)).flatMap((answer) => [answer, ...unanswered(answer, hopOf)]);
}

/** The earliest of several origins. */
export function first(origins: readonly Origin[]): Origin | undefined {
  return origins.reduce<Origin | undefined>((found, each) => (found === undefined || each.time < found.time ? each : found), undefined);
}

/** The last failed call of a hop and those that failed in parallel with it, with all attempts of each. */
function lastInVain(hop: Hop, hopOf: HopOf, errors: ReturnType<ErrorsOf>): Call[][] {
  const calls = hop.calls.filter(({ queued }) => queued !== true);
  const all = attemptsOf(calls, hopOf);
  const groups = all.filter((attempts) => {
    const last = attempts.at(-1) as Call;
    if (hop.aborted === true && last.error !== undefined && Math.abs(last.end - hop.end) <= TAKEN_ALONG) return false;
    if (!hasFailed(last) && !(last.status === undefined && last.answers.some((answer) => hopOf(answer)?.failed === true))) return false;
    // The hop called others afterwards and failed then, so this failure was not fatal.
    const then = errors.find(({ time }) => time !== undefined && time >= last.end)?.time;
    return then === undefined || !all.some(([other]) => other !== undefined && other.guessed !== true && other.start > last.end && other.start < then);
  });
  groups.sort((a, b) => endOf(b) - endOf(a));
  let from = groups[0]?.[0]?.start ?? Infinity;
  return groups.filter((attempts, i) => {
    if (i > 0 && endOf(attempts) <= from) return false;
    from = Math.min(from, attempts[0]?.start ?? from);
    return true;
  });
}

function endOf(attempts: readonly Call[]): number {
  return attempts.at(-1)?.end ?? -Infinity;
}

import { isFault } from '../answer';
import type { Call, Hop } from '../model';
import { answersOf, hasFailed } from './attempts';
import type { HopOf } from './attempts';
import { TAKEN_ALONG } from './failure';

/** Milliseconds by which a call may seem to end after the work that waited for it. */
const ROUNDING = 1;

/**
 * What a part of the waiting was spent on: a hop's own work, a call that no hop with lines answered, or the network between two
 * hops.
 */
export interface Share {
  hop: Hop;
  /** The call that was waited for; absent for the hop's own work. */
  call?: Call;
  start: number;
  end: number;
}

/**
 * Finds the critical path of a request, from its end back to its start: the call that ended last, then the one that ended last
 * before that one began. Writes the periods of a hop's own work to its `critical`.
 */
export function criticalPath(root: Hop, hopOf: HopOf): Share[] {
  const shares: Share[] = [];
  walk(root, root.start, root.end, hopOf, shares);
  shares.reverse();
  for (const { hop, call, start, end } of shares) if (call === undefined) hop.critical.push([start, end]);
  return shares;
}

/** The calls that a hop had no answer of when it gave up: its client went away, or it answered an error and none of its calls had failed. */
export function leftBy(hop: Hop): Call[] {
  const failed = hop.calls.some((call) => hasFailed(call) && call.end <= hop.end + TAKEN_ALONG);
  if (hop.aborted !== true && (!isFault(hop) || failed)) return [];
  return hop.calls.filter(({ guessed, start, end }) => guessed !== true && start < hop.end && end > hop.end + TAKEN_ALONG);
}

function walk(hop: Hop, from: number, to: number, hopOf: HopOf, shares: Share[]): void {
  let at = Math.min(to, Math.max(hop.end, from));
  const begin = Math.max(from, hop.start);
  const calls = hop.calls.filter(({ queued }) => queued !== true).sort((a, b) => b.end - a.end);
  const left = leftBy(hop);
  for (const call of calls) {
    // A call still in progress was not waited for, unless the caller gave up on this hop, or this hop on its calls.
    const isCutOff = call.end > to + ROUNDING && call.start < to && hop.end > to + ROUNDING;
    if (!isCutOff && !left.includes(call) && call.end > at + ROUNDING) continue;
    const end = Math.min(call.end, at);
    const start = Math.max(call.start, begin);
    if (end <= start) continue;
    add(shares, { hop, start: end, end: at });
    into(hop, call, start, end, hopOf, shares);
    at = start;
  }
  add(shares, { hop, start: begin, end: at });
}

/** Adds a call's part of the path: its last answer, then the one before; the rest is the network. */
function into(hop: Hop, call: Call, from: number, to: number, hopOf: HopOf, shares: Share[]): void {
  let at = to;
  const answers = answersOf(call, hopOf).sort((a, b) => b.start - a.start);
  for (const answer of answers) {
    const end = Math.min(answer.end, at);
    if (end <= Math.max(answer.start, from) || answer.start > at) continue;
    add(shares, { hop, call, start: end, end: at });
    walk(answer, from, end, hopOf, shares);
    at = Math.max(answer.start, from);
  }
  add(shares, { hop, call, start: from, end: at });
}

function add(shares: Share[], share: Share): void {
  if (share.end > share.start) shares.push(share);
}

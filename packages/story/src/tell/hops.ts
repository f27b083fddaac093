import { isError, isFault } from '../answer';
import type { Call, Entry, Hop } from '../model';
import { exchangeOf, isCall, spanOf } from './node';
import type { Node, NodeCall } from './node';
import { isQueued } from './queued';
import { clip, hull, toMicroseconds, unionOf } from './spans';
import type { Stretch } from './spans';

/** Milliseconds to add to the times of a line, by its origin. */
export type Shift = (of: { host?: string; service: string }) => number;

/** Times with this precision in milliseconds, or coarser, are trusted only as far as neighbouring times confirm them. */
export const COARSE = 100;

/** Context for a tree of hops. */
export interface Telling {
  shift: Shift;
  /** Services that write a record with a number when a request is complete. */
  recording: ReadonlySet<string>;
  /** From the first to the last precise time of the request's lines; NaN if it has none. */
  precise: Stretch;
}

/** The hops of the tree under one root, in display order: each hop, then the hops that answered its calls. */
export function tellHops(root: Node, telling: Telling): Hop[] {
  const hops: Hop[] = [];
  build(root, undefined, telling, hops);
  return hops;
}

/** Adds a hop and everything below it. */
function build(node: Node, answered: Call | undefined, telling: Telling, hops: Hop[]): Hop {
  const hop = describe(node, telling);
  hops.push(hop);
  const below = node.calls.map((each) => {
    const call = describeCall(each, telling);
    const under: Hop[] = [];
    const answers = each.answers.map((answer) => build(answer, call, telling, under));
    if (call.guessed === true) {
      const { start, end } = hull(answers);
      Object.assign(call, { start, end, ms: toMicroseconds(end - start) });
    }
    return { call, under };
  });
  below.sort((a, b) => a.call.start - b.call.start);
  hop.calls = below.map(({ call }) => call);
  for (const { under } of below) hops.push(...under);

  const { start, end } = timesOf(node, hop.calls, answered, telling);
  const ms = hop.edge === 'missing' ? undefined : node.request?.exchange?.ms;
  Object.assign(hop, { start, end, ms: ms ?? toMicroseconds(end - start) });
  const waits = hop.calls.filter(({ queued }) => queued !== true).map((call) => clip(call, hop));
  hop.selfMs = toMicroseconds(Math.max(0, hop.ms - unionOf(waits)));
  return hop;
}

function describe(node: Node, { recording }: Telling): Hop {
  const exchange = exchangeOf(node) ?? node.answers?.record?.exchange ?? {};
  const { method, url, status, grpcStatus, statuses, aborted } = exchange;
  const isMissing = node.entries.length === 0;
  const [line] = errorLinesOf(node);
  const told = line && (line.error ?? { message: line.msg });
  const error = told ?? node.request?.error;
  return {
    hop: node.hop,
    ...(node.answers !== undefined && { parent: node.answers.caller.hop }),
    ...(node.answers?.number !== undefined && { call: node.answers.number }),
    service: node.service,
    ...(node.host !== undefined && { host: node.host }),
    ...(node.pid !== undefined && { pid: node.pid }),
    start: NaN,
    end: NaN,
    ms: NaN,
    selfMs: NaN,
    ...(status !== undefined && { status }),
    ...(grpcStatus !== undefined && { grpcStatus }),
    ...(statuses !== undefined && { statuses }),
    ...(method !== undefined && { method }),
    ...(url !== undefined && { url }),
    ...(aborted === true && !isMissing && { aborted }),
    ...(aborted === true && node.request?.error !== undefined && { brokenOff: true }),
    ...(error !== undefined && { error }),
    calls: [],
    lines: node.entries.length,
    edge: edgeOf(node, recording),
    critical: [],
    failed: isFault(exchange) || (aborted === true && !isMissing) || told !== undefined,
  };
}

function describeCall(each: NodeCall, { shift, recording }: Telling): Call {
  const { number, record, answers } = each;
  const span = record === undefined ? undefined : spanOf(record);
  const { method, url, status, grpcStatus } = record?.exchange ?? answers.map(exchangeOf).find((exchange) => exchange !== undefined) ?? {};
  const { host, ms, firstByteMs } = record?.exchange ?? {};
  const [start, end] = span === undefined || record === undefined ? [NaN, NaN] : [span.start + shift(record), span.end + shift(record)];
  return {
    ...(number !== undefined && { call: number }),
    ...(method !== undefined && { method }),
    ...(host !== undefined && { host }),
    ...(url !== undefined && { url }),
    ...(status !== undefined && { status }),
    ...(grpcStatus !== undefined && { grpcStatus }),
    start,
    end,
    ms: ms ?? toMicroseconds(end - start),
    ...(firstByteMs !== undefined && { firstByteMs }),
    ...(record?.error !== undefined && { error: record.error }),
    answers: answers.map(({ hop }) => hop),
    ...(span === undefined && { guessed: true }),
    ...(isQueued(each, (node) => edgeOf(node, recording) === 'open', shift) && { queued: true }),
  };
}

function edgeOf(node: Node, recording: ReadonlySet<string>): Hop['edge'] {
  if (node.entries.length === 0) return 'missing';
  if (node.request !== undefined) return node.numbered && node.request.exchange?.ms !== undefined ? 'exact' : 'guessed';
  const record = node.answers?.record;
  if (record?.exchange?.status !== undefined) return 'guessed'; // it has ended, because its caller has the status
  if (node.begun !== undefined) return 'open';
  if (!node.numbered) return 'guessed';
  // A service that numbers its calls also records their completion and its own requests, so this hop had not finished.
  const isWaiting = node.calls.some((call) => call.record === undefined && call.answers.some(({ request }) => request !== undefined));
  const isRequest = node.answers === undefined ? recording.has(node.service) : record !== undefined;
  return isRequest || isWaiting ? 'open' : 'guessed';
}

function timesOf(node: Node, calls: readonly Call[], answered: Call | undefined, { shift, precise }: Telling): Stretch {
  const { request } = node;
  const span = request?.exchange?.ms === undefined ? undefined : spanOf(request);
  if (request !== undefined && span !== undefined) {
    const times = { start: span.start + shift(request), end: span.end + shift(request) };
    if (span.slack < COARSE) return times;
    const around = answered === undefined || Number.isNaN(answered.start) ? hull(calls) : answered;
    return Number.isNaN(around.start) ? fitted(times, span.slack, precise) : centred(times, around);
  }
  const told = calls.filter(({ guessed }) => guessed !== true);
  const lines = node.entries.flatMap((entry) => (entry.time === undefined ? [] : at(entry.time + shift(entry))));
  const times = hull([...lines, ...told]);
  // A hop without an end waited at least as long as what it called.
  if (request === undefined) for (const { call, queued, end } of calls) if (call !== undefined && queued !== true && end > times.end) times.end = end;
  if (node.entries.length > 0 && !Number.isNaN(times.start)) return times;
  return answered === undefined || Number.isNaN(answered.start) ? hull(calls) : { start: answered.start, end: answered.end };
}

/** Places a time known only to the second in the middle of its call, or around the calls that it waited for. */
function centred(times: Stretch, around: Stretch): Stretch {
  const middle = (around.start + around.end) / 2;
  const half = (times.end - times.start) / 2;
  return { start: middle - half, end: middle + half };
}

/**
 * Places a time known only to the second, with no call that says more: within that second, around the precise times of the request,
 * or within them if it was shorter. A request that was logged in whole seconds would otherwise seem to end before its own work.
 */
function fitted({ start, end }: Stretch, slack: number, precise: Stretch): Stretch {
  if (Number.isNaN(precise.start)) return { start, end };
  const [least, most] = [precise.start - start, precise.end - end].sort((a, b) => a - b) as [number, number];
  const from = Math.min(Math.max(least, 0), slack);
  // Far longer than a second: a job went on after the request, so only the start says something.
  const by = most > slack ? from : Math.max(from, (from + most) / 2);
  return { start: start + by, end: end + by };
}

function at(time: number): Stretch {
  return { start: time, end: time };
}

/** Its error lines in order of time. Records do not count, because they only say how it ended. */
export function errorLinesOf({ entries, request }: Node): Entry[] {
  const lines = entries.filter((entry) => entry !== request && !isCall(entry) && isError(entry.level));
  return lines.sort((a, b) => (a.time ?? Infinity) - (b.time ?? Infinity) || 0);
}

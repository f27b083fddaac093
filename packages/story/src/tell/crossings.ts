import type { Entry } from '../model';
import { groupBy } from './group-by';
import { clockOf, spanOf } from './node';
import { numberedNodes } from './numbered';
import type { Node, NodeCall, Span } from './node';

/** What one call shows about two clocks: the range of milliseconds by which the answerer's is ahead of the caller's. */
export interface Crossing {
  from: string;
  to: string;
  /** `-Infinity` if nobody waited for the answer. */
  least: number;
  most: number;
  /** Time of the call by the caller's clock. */
  time: number;
}

/** Measures the calls between different clocks. Calls with lines on only one side are skipped. */
export function crossingsOf(nodes: Iterable<Node>): Crossing[] {
  const crossings: Crossing[] = [];
  for (const node of nodes) {
    const call = node.answers;
    if (call === undefined || node.unsure === true || node.entries.length === 0 || clockOf(call.caller) === clockOf(node)) continue;
    const crossing = crossingOf(call, node);
    if (crossing !== undefined) crossings.push({ from: clockOf(call.caller), to: clockOf(node), ...crossing });
  }
  return crossings;
}

/** The same for other requests at about the same time. */
export function crossingsAround(neighbours: Iterable<Entry>): Crossing[] {
  const byId = groupBy(neighbours, ({ id }) => id);
  byId.delete(undefined);
  return [...byId.values()].flatMap((entries) => crossingsOf(numberedNodes(entries).values()));
}

function crossingOf(call: NodeCall, node: Node): { least: number; most: number; time: number } | undefined {
  const record = recordOf(call);
  const asked = record === undefined ? undefined : spanOf(record);
  const answered = node.request === undefined ? undefined : spanOf(node.request);
  const begin = asked ?? beginOf(call.caller);
  const answer = answered ?? beginOf(node);
  if (begin === undefined || answer === undefined) return undefined;
  // Times are truncated to whole milliseconds: the answer may have begun, and the call may have ended, that much later than logged.
  const most = answer.start - begin.start + answer.slack;
  let least = -Infinity;
  if (asked !== undefined && wasWaitedFor(call)) {
    // Without a record of the answer, only its first line is known to be before the end of the call.
    least = (answered !== undefined && isAnswerOf(call, node) ? answered.end : answer.start) - asked.end - asked.slack;
    // An answer longer than its call was logged late, or the caller stopped reading early.
    if (least > most) least = -Infinity;
  }
  return { least, most, time: begin.start };
}

function recordOf({ record, caller, front }: NodeCall): Entry | undefined {
  return front === true ? caller.request : record;
}

/** Whether the call ended with an answer, and only one hop can have given it: a proxy that tried several may have left the first one running. */
function wasWaitedFor(call: NodeCall): boolean {
  const record = recordOf(call);
  return record?.exchange?.status !== undefined && record.exchange.ms !== undefined && record.error === undefined && call.answers.length === 1;
}

/** Whether the call ended because this answer did. */
function isAnswerOf(call: NodeCall, { request }: Node): boolean {
  const { ms, aborted, status } = request?.exchange ?? {};
  return ms !== undefined && aborted !== true && (status === undefined || status === recordOf(call)?.exchange?.status);
}

/** The earliest known time of a hop, by its own clock. */
function beginOf(node: Node): Span | undefined {
  if (node.request !== undefined) return spanOf(node.request);
  let first: Entry | undefined;
  for (const entry of node.entries) {
    if (entry.time !== undefined && clockOf(entry) === clockOf(node) && entry.time < (first?.time ?? Infinity)) first = entry;
  }
  return first?.time === undefined ? undefined : { start: first.time, end: first.time, slack: first.resolution };
}

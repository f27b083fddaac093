import { exchangeOf } from './node';
import type { Node, NodeCall } from './node';
import type { Shift } from './hops';

/**
 * Whether a call without a record is a queued message, for which its sender did not wait: the sender records its calls, went on, and
 * did not record this one, and what answers it is no request. A caller that is `open` may still wait for it, or was killed.
 */
export function isQueued({ caller, record, answers, front }: NodeCall, isOpen: (node: Node) => boolean, shift: Shift): boolean {
  if (record !== undefined || front === true || !caller.numbered || caller.entries.length === 0) return false;
  if (answers.some((node) => node.entries.length === 0 || exchangeOf(node) !== undefined)) return false;
  if (caller.request !== undefined) return true;
  if (isOpen(caller)) return false;
  const { answers: asked, calls } = caller;
  // What consumes a message writes no record of its own.
  if (asked !== undefined && asked.record === undefined) return isQueued(asked, isOpen, shift);
  const hasGoneOn = asked?.record?.exchange?.status !== undefined || lastOf([caller], shift) > lastOf(answers, shift);
  return hasGoneOn && calls.some((call) => call.record !== undefined);
}

function lastOf(nodes: readonly Node[], shift: Shift): number {
  return nodes.flatMap(({ entries }) => entries).reduce((last, entry) => Math.max(last, (entry.time ?? -Infinity) + shift(entry)), -Infinity);
}

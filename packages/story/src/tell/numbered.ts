import type { Entry } from '../model';
import { callOf, callerOf, isCut, nearestKnown } from './number';
import { addEntry, emptyNode, isCall, serviceOfHost, spanOf } from './node';
import type { Node, NodeCall } from './node';

/** A span of a call and the record of the same call begin within this many milliseconds: both are of one process. */
const SAME_CALL = 5;

/** The hops that numbers tell of: a line's own, and those that it must have come through. By number. */
export function numberedNodes(entries: readonly Entry[]): Map<string, Node> {
  const nodes = new Map<string, Node>();
  const calls = new Map<string, NodeCall>();
  const unnumbered: { caller: Node; record: Entry }[] = [];
  for (const entry of entries) {
    if (entry.hop === undefined) continue;
    const node = nodeOf(nodes, entry.hop);
    addEntry(node, entry);
    if (!isCall(entry)) continue;
    if (entry.call === undefined) unnumbered.push({ caller: node, record: entry });
    // Another hop's record of this call is made up: a number is its caller's with one part more, or was cut.
    else if (!calls.has(entry.call) && (callerOf(entry.call) === entry.hop || isCut(entry.call))) {
      calls.set(entry.call, addCall(node, { number: entry.call, record: entry }));
    }
  }
  for (const { caller, record } of unnumbered) if (!isTold(caller, record)) addCall(caller, { record });

  for (const node of nodes.values()) place(node, nodes, calls); // those that are missing join while it runs
  for (const node of nodes.values()) {
    if (isCircle(node)) detach(node);
    const { record } = node.answers ?? {};
    if (node.service === '') node.service = serviceOfHost(record?.exchange?.host) ?? '?';
  }
  return nodes;
}

function nodeOf(nodes: Map<string, Node>, hop: string): Node {
  const known = nodes.get(hop);
  if (known !== undefined) return known;
  const node = emptyNode(hop, true);
  nodes.set(hop, node);
  return node;
}

function addCall(caller: Node, call: Omit<NodeCall, 'caller' | 'answers'>): NodeCall {
  const made = { caller, answers: [], ...call };
  caller.calls.push(made);
  return made;
}

/** Puts a hop under the call that it answers, and makes up what is missing between. */
function place(node: Node, nodes: Map<string, Node>, calls: Map<string, NodeCall>): void {
  const number = callOf(node.hop);
  if (number === undefined) return;
  let call = calls.get(number);
  if (call === undefined) {
    call = addCall(callerOfCall(number, node, nodes), { number });
    calls.set(number, call);
  }
  call.answers.push(node);
  node.answers = call;
}

function callerOfCall(number: string, node: Node, nodes: Map<string, Node>): Node {
  const hop = callerOf(number);
  const known = nodes.get(hop);
  if (known !== undefined || !isCut(hop)) return known ?? nodeOf(nodes, hop);
  const others = [...nodes.keys()].filter((other) => other !== node.hop && !other.startsWith(hop));
  return nodeOf(nodes, nearestKnown(hop, others) ?? (hop.split('.', 1)[0] as string));
}

/** Whether one of the hop's numbered calls is this very one: in trace mode a span tells of it besides. */
function isTold(caller: Node, record: Entry): boolean {
  const { method, url } = record.exchange ?? {};
  const start = spanOf(record)?.start;
  return caller.calls.some(({ record: other }) => {
    if (other?.call === undefined || other.exchange?.method !== method || other.exchange?.url !== url) return false;
    const begin = spanOf(other)?.start;
    return start !== undefined && begin !== undefined && Math.abs(begin - start) <= SAME_CALL;
  });
}

/** Cut numbers can be made up so that two hops call each other. */
function isCircle(node: Node): boolean {
  const seen = new Set<Node>();
  for (let at: Node | undefined = node; at !== undefined; at = at.answers?.caller) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

function detach(node: Node): void {
  const call = node.answers;
  if (call === undefined) return;
  call.answers.splice(call.answers.indexOf(node), 1);
  delete node.answers;
}

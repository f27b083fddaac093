import type { Entry } from '../model';
import { callOf, callerOf, isCut, nearestKnown } from './number';
import { addEntry, emptyNode, isCall, serviceOfHost, spanOf } from './node';
import type { Node, NodeCall } from './node';

/** The span and the record of one call begin within this many milliseconds, because one process writes both. */
const SAME_CALL = 5;

/** The hops that the lines' numbers name, and those implied between them, by number. */
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
    // A record of this call by another hop is invalid: a number is its caller's plus one part, or was cut.
    else if (!calls.has(entry.call) && (callerOf(entry.call) === entry.hop || isCut(entry.call))) {
      calls.set(entry.call, addCall(node, { number: entry.call, record: entry }));
    }
  }
  for (const { caller, record } of unnumbered) if (!isTold(caller, record)) addCall(caller, { record });

  for (const node of nodes.values()) place(node, nodes, calls); // missing hops are added while this runs
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

/** Puts a hop under the call that it answers, and adds the missing hops between them. */
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

/** Whether one of the hop's numbered calls is the same call: in trace mode, a span describes it as well. */
function isTold(caller: Node, record: Entry): boolean {
  const { method, url } = record.exchange ?? {};
  const start = spanOf(record)?.start;
  return caller.calls.some(({ record: other }) => {
    if (other?.call === undefined || other.exchange?.method !== method || other.exchange?.url !== url) return false;
    const begin = spanOf(other)?.start;
    return start !== undefined && begin !== undefined && Math.abs(begin - start) <= SAME_CALL;
  });
}

/** Forged cut numbers can make two hops call each other. */
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

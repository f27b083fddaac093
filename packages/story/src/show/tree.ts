import type { Call, Hop } from '../model';
import { attemptsOf } from '../tell/attempts';

/** One row of a waterfall: a hop, or the attempts of a call that no hop of the story answered. */
export interface Node {
  depth: number;
  hop?: Hop;
  /** Calls that the hop answers, or that are unanswered. */
  calls: Call[];
  /** Number of this attempt, from 1, and the number of attempts. */
  attempt?: [place: number, of: number];
}

/** The hops of a story below their callers, with unanswered calls between them, in order of time. */
export function treeOf(hops: readonly Hop[]): Node[] {
  const known = new Map(hops.map((hop) => [hop.hop, hop]));
  const children = new Map<Hop, Hop[]>(hops.map((hop) => [hop, []]));
  const roots: Hop[] = [];
  for (const hop of hops) {
    const parent = hop.parent === undefined ? undefined : known.get(hop.parent);
    if (parent === undefined) roots.push(hop);
    else children.get(parent)?.push(hop);
  }

  const nodes: Node[] = [];
  const drawn = new Set<Hop>();
  // An explicit stack, because a chain of calls can be longer than JavaScript's stack; a set, because the input can contain cycles.
  const draw = (first: Node[]): void => {
    const stack = first.reverse();
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.hop !== undefined) {
        if (drawn.has(node.hop)) continue;
        drawn.add(node.hop);
        stack.push(...below(node.hop, node.depth + 1, children.get(node.hop) ?? [], known).reverse());
      }
      nodes.push(node);
    }
  };
  draw(roots.map((hop) => ({ depth: 0, hop, calls: [] })));
  for (const hop of hops) if (!drawn.has(hop)) draw([{ depth: 0, hop, calls: [] }]);
  return nodes;
}

function below(parent: Hop, depth: number, children: readonly Hop[], known: ReadonlyMap<string, Hop>): Node[] {
  const answered = new Map<string, { call: Call; attempt: [number, number] }[]>();
  const nodes: { time: number; node: Node }[] = [];
  for (const group of attemptsOf(parent.calls, (hop) => known.get(hop))) {
    const silent: Call[] = [];
    for (const [index, call] of group.entries()) {
      const answers = call.answers.filter((answer) => known.has(answer));
      if (answers.length === 0) silent.push(call);
      for (const answer of answers) answered.set(answer, [...(answered.get(answer) ?? []), { call, attempt: [index + 1, group.length] }]);
    }
    if (silent.length > 0) nodes.push({ time: (silent[0] as Call).start, node: { depth, calls: silent } });
  }
  for (const hop of children) {
    const found = answered.get(hop.hop) ?? [];
    const attempt = found.find(({ attempt: [, of] }) => of > 1)?.attempt;
    const node: Node = { depth, hop, calls: found.map(({ call }) => call), ...(attempt === undefined ? {} : { attempt }) };
    nodes.push({ time: found[0]?.call.start ?? hop.start, node });
  }
  return nodes.sort((a, b) => a.time - b.time).map(({ node }) => node);
}

import type { Call, Hop } from '../model';
import { LATE_END } from './agreement';

/**
 * Moves hops that seem to end after the call that they answered, although the clocks agree, into that call, together with what they
 * called: a busy process logs an end late, and clocks that agree can differ by a little. Returns the milliseconds by which each hop was
 * moved to earlier.
 */
export function moveIntoCalls(trees: readonly (readonly Hop[])[]): Map<string, number> {
  const moved = new Map<string, number>();
  for (const tree of trees) {
    const asked = new Map<string, Call>();
    for (const hop of tree) {
      const call = asked.get(hop.hop);
      const by = call === undefined || call.guessed === true ? (moved.get(hop.parent ?? '') ?? 0) : lateness(hop, call);
      if (by > 0) {
        moved.set(hop.hop, by);
        move(hop, by);
        for (const each of hop.calls) move(each, by);
      }
      for (const each of hop.calls) for (const answer of each.answers) asked.set(answer, each);
    }
  }
  return moved;
}

/** Milliseconds by which a hop ended after a call that ended with its answer; zero if it cannot have been within the call. */
function lateness({ start, end, edge }: Hop, call: Call): number {
  if (edge !== 'exact' || call.status === undefined) return 0;
  const late = end - call.end;
  return late > 0 && late <= MOST && start - late >= call.start ? late : 0;
}

/** Lateness adds up along a path. */
const MOST = 3 * LATE_END;

function move(stretch: { start: number; end: number }, by: number): void {
  stretch.start -= by;
  stretch.end -= by;
}

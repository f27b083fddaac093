import { shared } from '@corr/propagator/internal';
import { oneOf } from './emitters';
import { listOf } from './header-block';

/** The limits: remembered IDs of each generation, and characters of an ID. */
const [MOST, LONGEST] = [10_000, 4096];
/** The IDs with which calls of this process were answered last: in two generations, since a set gets slow if its oldest value is often removed. */
const answered = oneOf('answered-ids', { recent: new Set<string>(), older: new Set<string>() });

/**
 * Notes the ID that a call was answered with. A gateway could copy it: for the request that made the call, or from a cache for a later one,
 * which has another ID.
 */
export function noteAnsweredId(value: unknown): void {
  if (value === undefined || !shared.settings.echo) return;
  for (const one of listOf(value)) {
    if (one.length > LONGEST) continue;
    if (answered.recent.size >= MOST) [answered.older, answered.recent] = [answered.recent, new Set()];
    answered.recent.add(one);
  }
}

/** True if a call was answered with this value, and the request has another ID: the application has then copied it. */
export function isAnsweredId(id: string, value: unknown): boolean {
  if (answered.recent.size === 0 || value === undefined || value === id) return false;
  return listOf(value).every((one) => one === id || answered.recent.has(one) || answered.older.has(one));
}

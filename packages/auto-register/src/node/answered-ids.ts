import { idOf, shared } from '@corr/propagator/internal';
import { contextOf, oneOf } from './emitters';
import { listOf } from './header-block';

/** The limits: requests whose calls were answered with another ID, such IDs of one request, and characters of an ID. */
const [MOST_REQUESTS, MOST_IDS, LONGEST] = [1000, 16, 4096];
/** The IDs of the answers, by the ID of the request that made the calls. */
const answered = oneOf('answered-ids', new Map<string, string[]>());

/** Notes the ID that a call was answered with, if the request that made the call has another one. A gateway could copy it. */
export function noteAnsweredId(request: object, value: unknown): void {
  if (value === undefined || !shared.settings.echo) return;
  const context = contextOf(request);
  const id = context ? idOf(context) : undefined;
  if (id === undefined) return;
  for (const one of listOf(value)) {
    if (one === id || one.length > LONGEST) continue;
    const known = answered.get(id) ?? [];
    if (known.includes(one)) continue;
    answered.delete(id);
    answered.set(id, [...known, one].slice(-MOST_IDS));
    if (answered.size > MOST_REQUESTS) answered.delete(answered.keys().next().value as string);
  }
}

/** True if a request's calls were answered with this value: the application has then copied it. */
export function isAnsweredId(id: string, value: unknown): boolean {
  if (answered.size === 0 || value === undefined) return false;
  const known = answered.get(id);
  return known !== undefined && listOf(value).every((one) => known.includes(one) || one === id);
}

/** To be called when the request itself is answered. */
export function forgetAnsweredIds(id: string | undefined): void {
  if (answered.size > 0 && id !== undefined) answered.delete(id);
}

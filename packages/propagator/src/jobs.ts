import type { TextMapGetter } from '@opentelemetry/api';
import { getCorrelationId, withCorrelationId } from './scope';
import { shared } from './settings';

/**
 * A new headers object with the active ID in it, for a client that nothing instruments: a queue, a raw socket.
 *
 * Default: outside a request and without a process-wide ID, just a copy. A header of the caller's own is kept.
 */
export function correlationHeaders(headers: Iterable<readonly [string, string]>): Record<string, string>;
export function correlationHeaders<H extends object = Record<never, never>>(headers?: H): H & Record<string, string>;
export function correlationHeaders(headers?: object | null): Record<string, unknown> {
  // A Headers object has nothing of its own to spread.
  const copy: Record<string, unknown> = Symbol.iterator in (headers ?? {}) ? Object.fromEntries(headers as Iterable<[string, string]>) : { ...headers };
  const { accept, field } = shared.settings;
  const id = accept(getCorrelationId());
  const key = keyOf(copy, field) ?? field;
  if (id !== undefined && copy[key] === undefined) copy[key] = id;
  return copy;
}

/**
 * Runs a function under the ID found in a message's headers, the consumer's side of a queue.
 *
 * Default: a message without an acceptable ID gets one made. `getter` reads plain objects, whatever the case of
 * their keys, with strings, Buffers or arrays of them as values.
 */
export function withCarrier<T, C>(carrier: C, fn: () => T, getter: TextMapGetter<C> = messageGetter as TextMapGetter<C>): T {
  const { accept, aliases, field } = shared.settings;
  let id: string | undefined;
  for (const name of [field, ...aliases]) {
    try {
      id ??= accept(getter.get(carrier, name));
    } catch {
      // An odd message is still consumed, under an ID of its own.
    }
  }
  return withCorrelationId(id, fn);
}

/** A copy of an environment, by default `process.env`, with `CORRELATION_ID` set to the active ID: for a child process. */
export function correlationEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const id = getCorrelationId();
  return id === undefined ? { ...env } : { ...env, CORRELATION_ID: id };
}

function keyOf(carrier: object, name: string): string | undefined {
  if (name in carrier) return name;
  return Object.keys(carrier).find((key) => key.toLowerCase() === name);
}

const messageGetter: TextMapGetter<unknown> = {
  keys: (carrier) => (carrier !== null && typeof carrier === 'object' ? Object.keys(carrier) : []),
  get(carrier, name) {
    if (carrier === null || typeof carrier !== 'object') return undefined;
    const key = keyOf(carrier, name);
    const value: unknown = key === undefined ? undefined : (carrier as Record<string, unknown>)[key];
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return Buffer.isBuffer(first) ? first.toString('latin1') : (first as string | undefined);
  },
};

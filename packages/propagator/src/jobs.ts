import type { TextMapGetter } from '@opentelemetry/api';
import { aliasId } from './aliases';
import { getCorrelationId, withCorrelationId } from './scope';
import { shared } from './shared';

/**
 * A new headers object with the active ID in it, for a client that nothing instruments: a queue, a raw socket.
 *
 * Default: outside a request and without a process-wide ID, just a copy. A header of the caller's own is kept.
 */
export function correlationHeaders(headers: Iterable<readonly [string, string]>): Record<string, string>;
export function correlationHeaders<H extends object = Record<never, never>>(headers?: H): H & Record<string, string>;
export function correlationHeaders(headers?: object | null): Record<string, unknown> {
  const copy = fieldsOf(headers);
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
      const value: unknown = getter.get(carrier, name);
      id ??= accept(name === field ? value : aliasId(name, value));
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

/** A copy of headers of whatever shape: an object, or pairs, as an array of them, a Map or a Headers object gives them. */
function fieldsOf(headers: unknown): Record<string, unknown> {
  const fields = Object.create(null) as Record<string, unknown>;
  try {
    if (headers === null || typeof headers !== 'object') return {};
    const pairs: Iterable<unknown> = Symbol.iterator in headers ? (headers as Iterable<unknown>) : Object.entries(headers);
    for (const pair of pairs) if (Array.isArray(pair) && typeof pair[0] === 'string') fields[pair[0]] = pair[1];
  } catch {
    // An odd object gives what it gave until then.
  }
  return { ...fields };
}

function keyOf(fields: object, name: string): string | undefined {
  return Object.keys(fields).find((key) => key.length === name.length && key.toLowerCase() === name);
}

const messageGetter: TextMapGetter<unknown> = {
  keys: (carrier) => Object.keys(fieldsOf(carrier)),
  get(carrier, name) {
    const fields = fieldsOf(carrier);
    const key = keyOf(fields, name);
    const value = key === undefined ? undefined : fields[key];
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return Buffer.isBuffer(first) ? first.toString('latin1') : (first as string | undefined);
  },
};

import type { TextMapGetter } from '@opentelemetry/api';
import { aliasId } from './aliases';
import { baggageMember, textOf, withBaggageMember } from './baggage-header';
import { callerOf, idOf } from './context';
import { HOP_ENTRY, callIn, hopValue } from './hops';
import type { Hop } from './hops';
import { activeContext, newHop, runUnder } from './scope';
import { HOP_VARIABLE, shared } from './shared';

/**
 * A copy of the headers with the active ID, for a client that is not instrumented, such as a queue or a raw socket.
 *
 * Default: a plain copy outside a request if the process has no ID. A header that the caller has set is kept.
 */
export function correlationHeaders(headers: Iterable<readonly [string, string]>): Record<string, string>;
export function correlationHeaders<H extends object = Record<never, never>>(headers?: H): H & Record<string, string>;
export function correlationHeaders(headers?: object | null): Record<string, unknown> {
  const copy = fieldsOf(headers);
  const { accept, field } = shared.settings;
  const { id, hop } = active();
  if (id === undefined || accept(id) !== id) return copy;
  const key = keyOf(copy, field) ?? field;
  copy[key] ??= id;
  if (hop === undefined || copy[key] !== id) return copy; // the caller set another ID, so this is not a call of this request
  const baggage = keyOf(copy, 'baggage') ?? 'baggage';
  copy[baggage] = withBaggageMember(textOf(copy[baggage]), id, hopValue(hop.nextCall(), id));
  return copy;
}

/**
 * Runs a function under the ID in a message's headers, on the consumer's side of a queue.
 *
 * Default: a message without an acceptable ID gets a new one. `getter` reads plain objects with keys in any case; the values
 * are strings, Buffers, or arrays of them.
 */
export function withCarrier<T, C>(carrier: C, fn: () => T, getter: TextMapGetter<C> = messageGetter as TextMapGetter<C>): T {
  const { accept, aliases, field, generate, hops } = shared.settings;
  const read = (name: string): unknown => {
    try {
      return getter.get(carrier, name);
    } catch {
      return undefined; // a message that cannot be read is still consumed, under a new ID
    }
  };
  let id = accept(read(field));
  for (const alias of aliases) id ??= accept(aliasId(alias, read(alias)));
  const call = id === undefined || !hops ? undefined : callIn(baggageMember(textOf(read('baggage')), HOP_ENTRY), id);
  return runUnder(id ?? generate(), newHop(call), fn);
}

/** A copy of an environment (default `process.env`) with `CORRELATION_ID` set to the active ID, for a child process. */
export function correlationEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { id, hop } = active();
  if (id === undefined) return { ...env };
  const child: NodeJS.ProcessEnv = { ...env, CORRELATION_ID: id };
  if (hop === undefined) delete child[HOP_VARIABLE]; // it came from this process's parent
  else child[HOP_VARIABLE] = hopValue(hop.nextCall(), id);
  return child;
}

/** The active ID and, if hops are on, its hop. */
function active(): { id: string | undefined; hop: Hop | undefined } {
  const context = activeContext();
  if (context === undefined) return { id: undefined, hop: undefined };
  return { id: idOf(context), hop: callerOf(context) };
}

/** Copies headers of any shape: an object, or pairs from an array, a Map or a Headers object. */
function fieldsOf(headers: unknown): Record<string, unknown> {
  const fields = Object.create(null) as Record<string, unknown>;
  try {
    if (headers === null || typeof headers !== 'object') return {};
    const pairs: Iterable<unknown> = Symbol.iterator in headers ? (headers as Iterable<unknown>) : Object.entries(headers);
    for (const pair of pairs) if (Array.isArray(pair) && typeof pair[0] === 'string') fields[pair[0]] = pair[1];
  } catch {
    // If reading the object throws, the fields that were read so far count.
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

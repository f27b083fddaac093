import {
  BAGGAGE_ENTRY,
  HOP_ENTRY,
  MAX_BAGGAGE_BYTES,
  MAX_BAGGAGE_MEMBERS,
  aliasId,
  baggageMember,
  callIn,
  contextWithId,
  idOf,
  newHop,
  shared,
  warnUnacceptable,
  withBaggageMember,
  withoutBaggageMember,
} from '@corr/propagator/internal';
import type { Relay } from '@corr/propagator/internal';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { receivedField } from '../node/header-block';
import { addRaw, areHeadersUnread, countedRaw, removeRaw } from '../node/internals';
import { watch } from '../node/watch';

/** Headers of a request in the format of Node's `headers`. */
export type Headers = Record<string, string | string[] | undefined>;

/** The parts of a request that admission reads and writes. */
export interface Received {
  headers?: Headers;
  rawHeaders?: string[] | undefined;
}

/**
 * Admits a request: gives it a context with the received ID if that is acceptable and trusted, else with a new one. The ID is
 * written into the headers, as an edge proxy would do.
 *
 * It reads the raw headers, because Node builds the `headers` object on first access, and many applications never access it.
 */
export function admit(message: Received): Context {
  const { field, generate, header, hops, trustIncoming } = shared.settings;
  const rawHeaders = message.rawHeaders?.length ? message.rawHeaders : linesOf(message.headers);
  const read = countedRaw(message, rawHeaders);
  const came = receivedField(read, field);
  const active = trustIncoming || came === undefined ? undefined : shared.store.getStore();
  if (active !== undefined && idOf(active) === came) return active; // a copy of an admitted request
  const accepted = trustIncoming ? acceptedFrom(read, came) : undefined;
  const id = accepted ?? generate();
  watch.admitted?.(read, id);
  const unread = areHeadersUnread(message);
  const write = (name: string, value: string): void => {
    if (!unread && message.headers !== undefined) message.headers[name] = value;
    overwrite(message, rawHeaders, name, value);
  };
  if (came !== id) write(field, id);
  if (came === undefined && rawHeaders === message.rawHeaders) addRaw(message, rawHeaders, header, id);
  // Code that reads the baggage finds the same ID there as in the header.
  const baggage = receivedField(read, 'baggage');
  const member = baggageMember(baggage);
  if (member !== undefined && member !== id) write('baggage', withBaggageMember(baggage, id));
  const call = hops && accepted !== undefined ? callIn(baggageMember(baggage, HOP_ENTRY), id) : undefined;
  return contextWithId(ROOT_CONTEXT, id, { relay: relayed(read, baggage), hop: newHop(call) });
}

/** The acceptable ID that was received: in its header (passed as `came`), in an alias or as a baggage member. */
function acceptedFrom(rawHeaders: readonly string[], came: string | undefined): string | undefined {
  const { accept, aliases } = shared.settings;
  if (came !== undefined) {
    const id = accept(came);
    if (id !== undefined) return id;
    warnUnacceptable();
  }
  for (const alias of aliases) {
    const id = accept(aliasId(alias, receivedField(rawHeaders, alias)));
    if (id !== undefined) return id;
  }
  return accept(baggageMember(receivedField(rawHeaders, 'baggage')));
}

// Received strings are untrusted; nothing that could split a header is sent again.
const PRINTABLE = /^[\x20-\x7e]+$/;

/** What the request's own calls pass on: only the configured fields, only of a trusted request, within the limits of W3C Baggage. */
function relayed(rawHeaders: readonly string[], baggage: string | undefined): Relay | undefined {
  const { hops, relay, trustIncoming } = shared.settings;
  if (relay.length === 0 || !trustIncoming) return undefined;
  const fields: [string, string][] = [];
  const take = (name: string, value: string | undefined): boolean => {
    if (value === undefined || !PRINTABLE.test(value)) return false;
    fields.push([name, value]);
    return true;
  };
  if (relay.includes('tracecontext') && take('traceparent', receivedField(rawHeaders, 'traceparent'))) take('tracestate', receivedField(rawHeaders, 'tracestate'));
  const others = relay.includes('baggage') ? withoutBaggageMember(baggage, hops ? undefined : [BAGGAGE_ENTRY]) : undefined;
  if (others !== undefined && others.length <= MAX_BAGGAGE_BYTES && others.split(',').length <= MAX_BAGGAGE_MEMBERS) take('baggage', others);
  return fields.length === 0 ? undefined : fields;
}

/** Headers of a request that no parser read, such as one that a serverless adapter makes. */
function linesOf(headers: Headers = {}): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [name, one]));
}

/** Replaces a field's value, with one line in place of several. */
function overwrite(message: object, rawHeaders: string[], field: string, value: string): void {
  let first = true;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== field) continue;
    if (first) rawHeaders[i + 1] = value;
    else {
      removeRaw(message, rawHeaders, i);
      i -= 2;
    }
    first = false;
  }
}

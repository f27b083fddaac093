import { createContextKey, propagation } from '@opentelemetry/api';
import type { Baggage, Context } from '@opentelemetry/api';
import type { Accept } from './accept';
import { HOP_ENTRY } from './hops';
import type { Hop } from './hops';
import { shared } from './shared';

/** Name of the baggage entry that holds the ID; any OpenTelemetry tool can read it. */
export const BAGGAGE_ENTRY = 'correlation.id';

// createContextKey is Symbol.for: every installed copy gets the same keys.
const ID_KEY = createContextKey('@corr/correlation-id');
const RELAY_KEY = createContextKey('@corr/relayed-fields');
const HOP_KEY = createContextKey('@corr/hop');
const BAGGAGE_KEY = createContextKey('OpenTelemetry Baggage Key');
const IGNORED_KEY = createContextKey('@corr/ignored-request');
const SUPPRESSED_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Header fields of the inbound request that its calls pass on: lower-case name and value, only those that an option names. */
export type Relay = readonly (readonly [name: string, value: string])[];

/**
 * A context with an ID. It is one small object per request; two `setValue` calls would copy two maps.
 * The baggage entry is created when somebody reads the baggage. In most processes, nobody does.
 *
 * The fields are private, because objects that outlive a request hold such a context, and Node 20 prints it with them.
 */
class CorrelationContext implements Context {
  readonly #parent: Context;
  readonly #id: string;
  readonly #relay: Relay | undefined;
  readonly #hop: Hop | undefined;
  /** `undefined`: not created yet; `null`: removed. */
  #baggage: Baggage | null | undefined;

  constructor(parent: Context, id: string, relay: Relay | undefined, hop: Hop | undefined, baggage?: Baggage | null) {
    this.#parent = parent;
    this.#id = id;
    this.#relay = relay;
    this.#hop = hop;
    this.#baggage = baggage;
  }

  getValue(key: symbol): unknown {
    if (key === ID_KEY) return this.#id;
    if (key === BAGGAGE_KEY) return (this.#baggage === undefined ? (this.#baggage = withEntry(this.#parent, this.#id, this.#hop)) : this.#baggage) ?? undefined;
    if (key === HOP_KEY) return this.#hop; // never the parent's hop: the parent may have another ID
    if (key === RELAY_KEY && this.#relay !== undefined) return this.#relay;
    return this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (key === ID_KEY || key === RELAY_KEY || key === HOP_KEY) return this.#plain().setValue(key, value);
    // A baggage propagator after ours in a composite replaces the whole baggage. The ID in it must be the one of the header.
    if (key === BAGGAGE_KEY) return new CorrelationContext(this.#parent, this.#id, this.#relay, this.#hop, agreeing(value as Baggage | undefined, this.#id, this.#hop));
    // Usually a span. It goes into the parent, so the baggage is still created only when it is read.
    return new CorrelationContext(this.#parent.setValue(key, value), this.#id, this.#relay, this.#hop, this.#baggage);
  }

  deleteValue(key: symbol): Context {
    return key === BAGGAGE_KEY ? new CorrelationContext(this.#parent, this.#id, this.#relay, this.#hop, null) : this.#plain().deleteValue(key);
  }

  /** The same context with another ID instead of its own. Nested contexts would grow without limit if each job started the next. */
  renamed(id: string, relay: Relay | undefined, hop: Hop | undefined): Context {
    const parent = this.#baggage === undefined ? this.#parent : this.#parent.setValue(BAGGAGE_KEY, this.#baggage ?? undefined);
    return new CorrelationContext(parent, id, relay ?? this.#relay, hop);
  }

  #plain(): Context {
    const context = this.#parent.setValue(ID_KEY, this.#id).setValue(HOP_KEY, this.#hop).setValue(BAGGAGE_KEY, this.getValue(BAGGAGE_KEY));
    return this.#relay === undefined ? context : context.setValue(RELAY_KEY, this.#relay);
  }
}

function agreeing(baggage: Baggage | undefined, id: string, hop: Hop | undefined): Baggage | null {
  if (baggage === undefined) return null;
  const others = withoutArrived(baggage, hop);
  const entry = others.getEntry(BAGGAGE_ENTRY);
  return entry === undefined || entry.value === id ? others : others.setEntry(BAGGAGE_ENTRY, { value: id });
}

function withEntry(context: Context, id: string, hop: Hop | undefined): Baggage {
  return withoutArrived(propagation.getBaggage(context) ?? propagation.createBaggage(), hop).setEntry(BAGGAGE_ENTRY, { value: id });
}

/** Without the number that the request arrived with, because the calls of this request have their own numbers. */
function withoutArrived(baggage: Baggage, hop: Hop | undefined): Baggage {
  return hop !== undefined && baggage.getEntry(HOP_ENTRY) !== undefined ? baggage.removeEntry(HOP_ENTRY) : baggage;
}

/** A child context with an ID that was already accepted, the fields of its request to pass on, and its hop. */
export function contextWithId(context: Context, id: string, { relay, hop }: { relay?: Relay | undefined; hop?: Hop | undefined } = {}): Context {
  // A context that is marked as ignored has its own `getValue` and must stay.
  const replaced = context instanceof CorrelationContext && !Object.hasOwn(context, 'getValue');
  return replaced ? context.renamed(id, relay, hop) : new CorrelationContext(context, id, relay, hop);
}

/** The same context with the ID of another one. `other` is called only if the context has no ID and none was deleted on purpose. */
export function withIdOf(context: Context, other: () => Context | undefined): Context {
  if (idOf(context) !== undefined || privateId(context) === null) return context;
  const from = other();
  const id = from === undefined ? undefined : idOf(from);
  return from === undefined || id === undefined ? context : contextWithId(context, id, { hop: hopOf(from) });
}

/** The ID under the private key only; `null` if it was deleted on purpose. */
export function privateId(context: Context): string | null | undefined {
  return context.getValue(ID_KEY) as string | null | undefined;
}

/** The acceptable ID in the baggage, where another service's W3C baggage header puts it. */
export function baggageId(context: Context, accept: Accept = shared.settings.accept): string | undefined {
  const baggage = context.getValue(BAGGAGE_KEY) as Baggage | undefined;
  return baggage === undefined ? undefined : accept(baggage.getEntry(BAGGAGE_ENTRY)?.value);
}

/** The ID of a context, from the private key or from the baggage. */
export function idOf(context: Context): string | undefined {
  const id = privateId(context);
  return id === null ? undefined : (id ?? baggageId(context));
}

/** The hop of a context that has an ID; `undefined` if hops are off or the ID was set without a hop. */
export function hopOf(context: Context): Hop | undefined {
  return context.getValue(HOP_KEY) as Hop | undefined;
}

/** The hop that numbers the calls of a context; `undefined` also where a record of ours is written. */
export function callerOf(context: Context): Hop | undefined {
  const hop = hopOf(context);
  return hop?.isOfRecord === true ? undefined : hop;
}

/** The context in which a record about another one is written. */
export function recordContext(context: Context): Context {
  const [id, hop] = [idOf(context), hopOf(context)];
  return id === undefined || hop === undefined ? context : contextWithId(context, id, { hop: hop.ofRecord() });
}

/** The fields of the inbound request that calls in this context pass on; `undefined` if there are none. */
export function relayOf(context: Context): Relay | undefined {
  return context.getValue(RELAY_KEY) as Relay | undefined;
}

/** True if an exporter, or other code, has asked that its own traffic stays invisible. */
export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED_KEY) === true && context.getValue(IGNORED_KEY) !== true;
}

/**
 * Marks the context of a request for which tracing is suppressed, so that the calls of this request carry the ID all the same.
 * instrumentation-http suppresses tracing for requests that it is configured to ignore. Contexts derived from it are marked too,
 * except where tracing is suppressed again, as exporters do. The object itself is marked, because the application's listeners run in it.
 */
export function markIgnored(context: Context): Context {
  if (!isSuppressed(context)) return context;
  const { getValue, setValue, deleteValue } = context;
  return Object.assign(context, {
    getValue: (key: symbol) => key === IGNORED_KEY || getValue.call(context, key),
    setValue: (key: symbol, value: unknown) => {
      const made = setValue.call(context, key, value);
      return key === SUPPRESSED_KEY ? made : markIgnored(made);
    },
    deleteValue: (key: symbol) => markIgnored(deleteValue.call(context, key)),
  });
}

/**
 * The same context with another ID, under the private key and in the baggage.
 *
 * For an unacceptable ID, returns the same object, as a propagator does for bad input
 * (OpenTelemetry specification, Propagators API, Extract).
 */
export function setCorrelationId(context: Context, id: string): Context {
  const accepted = shared.settings.accept(id);
  return accepted === undefined ? context : contextWithId(context, accepted);
}

/** The same context as if it had never had an ID. */
export function withoutId(context: Context): Context {
  return withoutBaggageEntry(context.deleteValue(ID_KEY));
}

/** The same context without an ID, even if the code that runs in it belongs to a request. Other baggage stays. */
export function deleteCorrelationId(context: Context): Context {
  return withoutId(context).setValue(ID_KEY, null);
}

/** The same context without the baggage entry. The ID stays under the private key. */
export function withoutBaggageEntry(context: Context): Context {
  const baggage = propagation.getBaggage(context);
  return baggage?.getEntry(BAGGAGE_ENTRY) === undefined ? context : propagation.setBaggage(context, baggage.removeEntry(BAGGAGE_ENTRY));
}

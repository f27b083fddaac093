import { createContextKey, propagation } from '@opentelemetry/api';
import type { Baggage, Context } from '@opentelemetry/api';
import type { Accept } from './accept';
import { shared } from './settings';

/** Name of the baggage entry under which any OpenTelemetry tool finds the ID. */
export const BAGGAGE_ENTRY = 'correlation.id';

// createContextKey is Symbol.for: every installed copy gets the same keys.
const ID_KEY = createContextKey('@corr/correlation-id');
const INBOUND_KEY = createContextKey('@corr/inbound-headers');
const BAGGAGE_KEY = createContextKey('OpenTelemetry Baggage Key');
const IGNORED_KEY = createContextKey('@corr/ignored-request');
const SUPPRESSED_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Header fields of the request that a context was entered for, as they came: name, value, name, value. */
export type InboundHeaders = readonly string[];

/**
 * A context with an ID: one small object a request, where two `setValue` calls would copy two maps.
 * The baggage entry is made when somebody reads the baggage, which in most processes nobody does.
 */
class CorrelationContext implements Context {
  constructor(
    readonly parent: Context,
    private readonly id: string,
    readonly inbound: InboundHeaders | undefined,
    private baggage?: Baggage,
  ) {}

  getValue(key: symbol): unknown {
    if (key === ID_KEY) return this.id;
    if (key === BAGGAGE_KEY) return (this.baggage ??= withEntry(this.parent, this.id));
    if (key === INBOUND_KEY && this.inbound !== undefined) return this.inbound;
    return this.parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (key === ID_KEY || key === BAGGAGE_KEY || key === INBOUND_KEY) return this.plain().setValue(key, value);
    // A span, mostly: it goes beneath, and the baggage is still made only when it is read.
    return new CorrelationContext(this.parent.setValue(key, value), this.id, this.inbound, this.baggage);
  }

  deleteValue(key: symbol): Context {
    return this.plain().deleteValue(key);
  }

  private plain(): Context {
    const context = this.parent.setValue(ID_KEY, this.id).setValue(BAGGAGE_KEY, this.getValue(BAGGAGE_KEY));
    return this.inbound === undefined ? context : context.setValue(INBOUND_KEY, this.inbound);
  }
}

function withEntry(context: Context, id: string): Baggage {
  return (propagation.getBaggage(context) ?? propagation.createBaggage()).setEntry(BAGGAGE_ENTRY, { value: id });
}

/** A child context with an ID that has been accepted already, and the headers it came with. */
export function contextWithId(context: Context, id: string, inbound?: InboundHeaders): Context {
  // In place of the one that it had, and not around it: a job that starts the next one would build up a chain without end.
  // A context that is marked as ignored has a `getValue` of its own, and stays.
  const replaced = context instanceof CorrelationContext && !Object.hasOwn(context, 'getValue');
  return replaced ? new CorrelationContext(context.parent, id, inbound ?? context.inbound) : new CorrelationContext(context, id, inbound);
}

/** The same context with the ID of another one, which is asked for only where it has none of its own and none was deleted on purpose. */
export function withIdOf(context: Context, other: () => Context | undefined): Context {
  if (idOf(context) !== undefined || privateId(context) === null) return context;
  const from = other();
  const id = from === undefined ? undefined : idOf(from);
  return id === undefined ? context : contextWithId(context, id);
}

/** The ID under the private key alone; `null` where it was deleted on purpose. */
export function privateId(context: Context): string | null | undefined {
  return context.getValue(ID_KEY) as string | null | undefined;
}

/** The acceptable ID in the baggage, as a W3C baggage header of a foreign service leaves it there. */
export function baggageId(context: Context, accept: Accept = shared.settings.accept): string | undefined {
  const baggage = context.getValue(BAGGAGE_KEY) as Baggage | undefined;
  return baggage === undefined ? undefined : accept(baggage.getEntry(BAGGAGE_ENTRY)?.value);
}

/** The ID of a context, wherever in it the ID is. */
export function idOf(context: Context): string | undefined {
  const id = privateId(context);
  return id === null ? undefined : (id ?? baggageId(context));
}

/** Header fields of the request that the context was entered for; `undefined` outside a request. */
export function inboundHeaders(context: Context): InboundHeaders | undefined {
  return context.getValue(INBOUND_KEY) as InboundHeaders | undefined;
}

/** True where an exporter, or anybody else, asked for its own traffic to stay invisible. */
export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED_KEY) === true && context.getValue(IGNORED_KEY) !== true;
}

/**
 * Marks the context of a request that tracing is suppressed for, as instrumentation-http does with one that it is told to
 * ignore: what the application sends in it has the ID. Contexts made of it are marked too, but for an exporter's, which
 * suppresses anew. The object itself is marked, since the application's listeners are called in that one.
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
 * An unacceptable ID leaves the very same context, as a propagator does with bad input
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

/** The same context without an ID, whatever request the code that runs in it belongs to; other baggage stays. */
export function deleteCorrelationId(context: Context): Context {
  return withoutId(context).setValue(ID_KEY, null);
}

/** The same context without the baggage entry, the ID kept under the private key. */
export function withoutBaggageEntry(context: Context): Context {
  const baggage = propagation.getBaggage(context);
  return baggage?.getEntry(BAGGAGE_ENTRY) === undefined ? context : propagation.setBaggage(context, baggage.removeEntry(BAGGAGE_ENTRY));
}

import {
  activeContext,
  idOf,
  inboundHeaders,
  isSuppressed,
  otelApi,
  shared,
  withBaggageMember,
  withoutBaggageMember,
} from '@corr/propagator/internal';
import type { Target } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { receivedField } from '../node/header-block';

/** What one outgoing request gets: fields to add, and fields to set anew or (`undefined`) to take out of the application's own. */
export interface Outbound {
  add: [name: string, value: string][];
  change: [name: string, value: string | undefined][];
}

// Inbound header fields are strings that the application can write to; nothing that could split a header goes out again.
const PRINTABLE = /^[\x20-\x7e]+$/;

/** The context whose ID an outgoing request takes along; `undefined` when there is none, or the request is an exporter's own. */
export function outboundContext(): Context | undefined {
  const context = activeContext();
  if (context === undefined) return undefined;
  const otel = otelApi()?.context?.active();
  return otel !== undefined && isSuppressed(otel) ? undefined : context;
}

/**
 * What a request in that context sends to that target, the fields that it has already given by `own`.
 *
 * The application's own header wins, unless it is this request's ID on its way to where it may not go (a proxy
 * that copies all it received). Trace context and other baggage are passed on where nobody registered a propagator.
 */
export function outbound(context: Context, target: () => Target | undefined, own: (name: string) => unknown): Outbound {
  const { accept, field, mayReach } = shared.settings;
  const result: Outbound = { add: [], change: [] };
  const id = idOf(context);
  if (id === undefined || accept(id) !== id) return result;

  const allowed = mayReach === undefined || mayReach(target());
  const ownId = own(field);
  if (allowed && ownId === undefined) result.add.push([field, id]);
  else if (!allowed && listOf(ownId).includes(id)) result.change.push([field, undefined]);

  const passing = otelApi()?.propagation === undefined;
  const inbound = passing ? inboundHeaders(context) : undefined;
  const received = (name: string): string | undefined => (inbound === undefined ? undefined : printable(receivedField(inbound, name)));
  const ownBaggage = textOf(own('baggage'));
  if (ownBaggage === undefined) {
    // With a registered propagator, the baggage is its to write; under leak control it was not given our entry.
    if (passing || (allowed && mayReach !== undefined)) {
      const baggage = allowed ? withBaggageMember(received('baggage'), id) : withoutBaggageMember(received('baggage'));
      if (baggage !== undefined) result.add.push(['baggage', baggage]);
    }
  } else if (mayReach !== undefined) {
    const baggage = allowed ? (passing ? ownBaggage : withBaggageMember(ownBaggage, id)) : withoutBaggageMember(ownBaggage);
    if (baggage !== ownBaggage) result.change.push(['baggage', baggage]);
  }

  const traceparent = received('traceparent');
  if (traceparent !== undefined && own('traceparent') === undefined) {
    result.add.push(['traceparent', traceparent]);
    const tracestate = received('tracestate');
    if (tracestate !== undefined && own('tracestate') === undefined) result.add.push(['tracestate', tracestate]);
  }
  return result;
}

/** A field's value in one text, however often it was given. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : undefined;
}

function listOf(value: unknown): string[] {
  return (textOf(value) ?? '').split(',').map((one) => one.trim());
}

function printable(value: unknown): string | undefined {
  return typeof value === 'string' && PRINTABLE.test(value) ? value : undefined;
}

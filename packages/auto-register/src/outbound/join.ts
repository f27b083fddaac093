import { activeContext, onOtelApi, otelApi, setPlain, shared, withIdOf, withoutBaggageEntry } from '@corr/propagator/internal';
import type { OtelApi } from '@corr/propagator/internal';
import type { TextMapPropagator } from '@opentelemetry/api';

const JOINED = Symbol.for('@corr/auto-register.joined');

/**
 * Joins our propagator to the one that is registered with OpenTelemetry's API, before or after this call and through any copy or
 * version of the API. Returns its undo.
 *
 * It registers nothing itself. A registration from another copy of the API, even 1.9.0 beside 1.9.1, silently turns off the
 * application's SDK; one from the same copy replaces the application's propagator.
 */
export function joinPropagators(propagator: TextMapPropagator): () => void {
  let active = true;
  const join = (theirs: unknown): unknown => (active ? joined(theirs as TextMapPropagator | undefined, propagator) : theirs);

  const adopt = (api: OtelApi): void => {
    if (api.propagation !== undefined) api.propagation = join(api.propagation) as TextMapPropagator;
    // The API deletes the own property when it is disabled; the setter then receives the next registration.
    const prototype = Object.create(Object.getPrototypeOf(api) as object, {
      propagation: {
        configurable: true,
        get: () => undefined,
        set(this: OtelApi, value: unknown) {
          setPlain(this, 'propagation', join(value));
        },
      },
    }) as object;
    Object.setPrototypeOf(api, prototype);
  };

  const stopWaiting = onOtelApi((api) => {
    if (active) adopt(api);
  });
  return () => {
    active = false;
    stopWaiting();
    const api = otelApi();
    const theirs = (api?.propagation as { [JOINED]?: TextMapPropagator } | undefined)?.[JOINED];
    if (api !== undefined && theirs !== undefined) api.propagation = theirs;
  };
}

function joined(theirs: TextMapPropagator | undefined, ours: TextMapPropagator): TextMapPropagator | undefined {
  if (theirs === undefined || JOINED in theirs) return theirs;
  const composed = fieldsOf(theirs).includes(shared.settings.field); // the application has added ours itself
  const both: TextMapPropagator & { [JOINED]: TextMapPropagator } = {
    [JOINED]: theirs,
    inject(context, carrier, setter) {
      // If the application's own setup does not extract from requests, only our store has the ID.
      const complete = withIdOf(context, activeContext);
      // With leak control, the baggage does not contain our entry; the carriers add it for allowed targets.
      theirs.inject(shared.settings.mayReach === undefined ? complete : withoutBaggageEntry(complete), carrier, setter);
      if (!composed) ours.inject(complete, carrier, setter);
    },
    // Also if theirs includes ours: a baggage propagator after that one replaces the whole baggage.
    extract: (context, carrier, getter) => ours.extract(theirs.extract(context, carrier, getter), carrier, getter),
    fields: () => [...new Set([...fieldsOf(theirs), ...ours.fields()])],
  };
  return both;
}

function fieldsOf(propagator: TextMapPropagator): string[] {
  try {
    return propagator.fields();
  } catch {
    return [];
  }
}

import { activeContext, onOtelApi, otelApi, setPlain, shared, withIdOf, withoutBaggageEntry } from '@corr/propagator/internal';
import type { OtelApi } from '@corr/propagator/internal';
import type { TextMapPropagator } from '@opentelemetry/api';

const JOINED = Symbol.for('@corr/auto-register.joined');

/**
 * Joins our propagator to whichever one anybody registers with OpenTelemetry's API, before or after this call and
 * through whichever copy or version of it. Returns its undo.
 *
 * Nothing is registered: a registration from another copy of the API, even 1.9.0 beside 1.9.1, silently switches the
 * application's SDK off, and one from the same copy displaces the application's propagator.
 */
export function joinPropagators(propagator: TextMapPropagator): () => void {
  let active = true;
  const join = (theirs: unknown): unknown => (active ? joined(theirs as TextMapPropagator | undefined, propagator) : theirs);

  const adopt = (api: OtelApi): void => {
    if (api.propagation !== undefined) api.propagation = join(api.propagation) as TextMapPropagator;
    // The API deletes the own property when it is disabled, and the setter is there for the next one that registers.
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
  const composed = fieldsOf(theirs).includes(shared.settings.field); // by the application itself
  const both: TextMapPropagator & { [JOINED]: TextMapPropagator } = {
    [JOINED]: theirs,
    inject(context, carrier, setter) {
      // An application whose own setup does not extract from requests has the ID in our store alone.
      const complete = withIdOf(context, activeContext);
      // Under leak control our entry is no part of the baggage: the carriers add it for the targets that may have it.
      theirs.inject(shared.settings.mayReach === undefined ? complete : withoutBaggageEntry(complete), carrier, setter);
      if (!composed) ours.inject(complete, carrier, setter);
    },
    // Also where theirs has ours in it: a baggage propagator behind that one replaces the whole baggage.
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

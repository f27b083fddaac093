import { otelApi } from '@corr/propagator/internal';
import { createContextKey } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { ownerOf } from './pino-prototype';
import type { Fragment } from './pino-prototype';

const SPAN_KEY = createContextKey('OpenTelemetry Context Key SPAN');
const UNSET = /^0+$/;

/** Builds, for one copy of pino, the fields of the active span for a record that has none; an empty string outside a trace. */
export function spanFragmentMaker(): Fragment {
  const isTheirs = ownerOf('trace_id');
  return (logger, record) => {
    const span = otelApi()?.context?.active().getValue(SPAN_KEY) as Span | undefined;
    if (span === undefined || isTheirs(logger, record)) return '';
    const { traceId, spanId, traceFlags } = span.spanContext();
    return UNSET.test(traceId) ? '' : `,"trace_id":"${traceId}","span_id":"${spanId}","trace_flags":"0${traceFlags.toString(16)}"`;
  };
}

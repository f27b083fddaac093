import { otelApi } from '@corr/propagator/internal';
import { createContextKey } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';

const SPAN_KEY = createContextKey('OpenTelemetry Context Key SPAN');
const UNSET = /^0+$/;

/** The fields of the active span for a record that has none; an empty string outside a trace. */
export function spanFragment(record: unknown): string {
  const span = otelApi()?.context?.active().getValue(SPAN_KEY) as Span | undefined;
  if (span === undefined || (record !== null && typeof record === 'object' && 'trace_id' in record)) return '';
  const { traceId, spanId, traceFlags } = span.spanContext();
  return UNSET.test(traceId) ? '' : `,"trace_id":"${traceId}","span_id":"${spanId}","trace_flags":"0${traceFlags.toString(16)}"`;
}

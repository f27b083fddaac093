import { otelApi } from '@corr/propagator/internal';
import { createContextKey } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import type { FieldSource } from './record-fields';

const SPAN_KEY = createContextKey('OpenTelemetry Context Key SPAN');
const UNSET = /^0+$/;

/** The fields of the active span, named as in OpenTelemetry's logger instrumentations; none outside a trace. */
export const spanFields: FieldSource = {
  names: ['trace_id', 'span_id', 'trace_flags'],
  now() {
    const span = otelApi()?.context?.active().getValue(SPAN_KEY) as Span | undefined;
    if (span === undefined) return [];
    const { traceId, spanId, traceFlags } = span.spanContext();
    return UNSET.test(traceId) ? [] : [['trace_id', traceId], ['span_id', spanId], ['trace_flags', `0${traceFlags.toString(16)}`]];
  },
};

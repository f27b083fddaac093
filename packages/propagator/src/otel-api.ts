import type { ContextManager, DiagLogger, TextMapPropagator } from '@opentelemetry/api';

/** What OpenTelemetry's API keeps on `globalThis`; every member is there only once somebody registered it. */
export interface OtelApi {
  context?: ContextManager;
  propagation?: TextMapPropagator;
  diag?: DiagLogger;
}

/** The API's global symbol, the same in every copy and version of `@opentelemetry/api` 1.x. */
export const OTEL_API = Symbol.for('opentelemetry.js.api.1');

const holder = globalThis as { [OTEL_API]?: OtelApi };

/**
 * The registered OpenTelemetry globals, or `undefined` when nobody registered any.
 *
 * Read from the symbol and not through the API package: a copy of the API sees only what a copy of
 * a compatible version registered, and here whatever the application registered has to be seen.
 */
export function otelApi(): OtelApi | undefined {
  return holder[OTEL_API];
}

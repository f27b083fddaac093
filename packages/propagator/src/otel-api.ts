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
let awaited = false;

/**
 * The registered OpenTelemetry globals, or `undefined` when nobody registered any.
 *
 * Read from the symbol and not through the API package: a copy of the API sees only what a copy of
 * a compatible version registered, and here whatever the application registered has to be seen.
 */
export function otelApi(): OtelApi | undefined {
  return awaited ? undefined : holder[OTEL_API];
}

/** Tells of the globals, now or as soon as somebody registers the first of them. Returns its undo. */
export function onOtelApi(tell: (api: OtelApi) => void): () => void {
  const present = holder[OTEL_API];
  if (present !== undefined) {
    tell(present);
    return () => undefined;
  }
  awaited = true;
  Object.defineProperty(globalThis, OTEL_API, {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set(value: OtelApi | undefined) {
      if (value === undefined) return; // not yet
      awaited = false;
      // From here on a plain property again: each look at an accessor costs 30 ns, and a request takes dozens.
      setPlain(globalThis, OTEL_API, value);
      tell(value);
    },
  });
  return () => void (awaited = false);
}

/** Sets a property and makes it a plain one, whatever accessors it, or what it would be inherited from, has. */
export function setPlain(holder: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, configurable: true, enumerable: true });
}

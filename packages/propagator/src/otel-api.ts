import type { ContextManager, DiagLogger, TextMapPropagator } from '@opentelemetry/api';

/** What OpenTelemetry's API keeps on `globalThis`; each member exists only after its registration. */
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
 * The registered OpenTelemetry globals, or `undefined` if none are registered.
 *
 * It reads the symbol instead of using the API package, because a copy of the API sees only the registrations of compatible
 * versions, and this must see every registration.
 */
export function otelApi(): OtelApi | undefined {
  return awaited ? undefined : holder[OTEL_API];
}

/** Calls back with the globals, now or as soon as the first one is registered. Returns its undo. */
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
      if (value === undefined) return; // not registered yet
      awaited = false;
      // From here on a plain property again: each read of an accessor costs 30 ns, and a request makes dozens.
      setPlain(globalThis, OTEL_API, value);
      tell(value);
    },
  });
  return () => void (awaited = false);
}

/** Sets a property as a plain one, even if it has or inherits accessors. */
export function setPlain(holder: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, configurable: true, enumerable: true });
}

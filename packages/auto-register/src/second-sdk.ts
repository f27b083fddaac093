import { OTEL_API, otelApi } from '@corr/propagator/internal';

const GLOBALS = ['trace', 'context', 'propagation', 'metrics', 'logs'];

/**
 * Tells, once, when somebody else registers with OpenTelemetry's API after our SDK did and is refused.
 *
 * A registration assigns the symbol that holds all globals, which nothing else does, and then reads the one that it is
 * for, to see whether it is taken; only that of a diag logger, which may be replaced, does not. Whoever reads without
 * registering gets the symbol first.
 */
export function onSecondSdk(tell: () => void): void {
  const api = otelApi() as Record<string, unknown> | undefined;
  if (api === undefined) return;
  let registering = false;
  let told = false;

  const { get, set } = Object.getOwnPropertyDescriptor(globalThis, OTEL_API) ?? {};
  let held: unknown = api;
  Object.defineProperty(globalThis, OTEL_API, {
    configurable: true,
    enumerable: true,
    get() {
      registering = false;
      return get === undefined ? held : (get.call(globalThis) as unknown);
    },
    set(value: unknown) {
      held = value;
      set?.call(globalThis, value);
      registering = value === api;
    },
  });

  for (const name of GLOBALS) {
    if (!Object.hasOwn(api, name)) continue;
    let value = api[name];
    Object.defineProperty(api, name, {
      configurable: true,
      enumerable: true,
      get() {
        if (registering && !told) {
          told = true;
          tell();
        }
        return value;
      },
      set(next: unknown) {
        value = next;
      },
    });
  }
}

import { OTEL_API, otelApi } from '@corr/propagator/internal';

const GLOBALS = ['trace', 'context', 'propagation', 'metrics'] as const;

/**
 * Tells, once, when somebody else registers with OpenTelemetry's API after our SDK did and is refused.
 *
 * The API looks at the present global and then at its version, right after it assigned the symbol that holds them all;
 * nothing else assigns that symbol.
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
    get: get ?? (() => held),
    set(value: unknown) {
      held = value;
      set?.call(globalThis, value);
      registering = value === api;
    },
  });

  for (const name of [...GLOBALS, 'version']) {
    if (!Object.hasOwn(api, name)) continue;
    let value = api[name];
    Object.defineProperty(api, name, {
      configurable: true,
      enumerable: true,
      get() {
        if (registering && name !== 'version' && !told) {
          told = true;
          tell();
        }
        registering = false;
        return value;
      },
      set(next: unknown) {
        value = next;
      },
    });
  }
}

import { OTEL_API, otelApi, setPlain } from '@corr/propagator/internal';

const GLOBALS = ['trace', 'context', 'propagation', 'metrics', 'logs'];

// An accessor costs each look at the globals some 30 ns, and a request takes dozens. An application starts its SDK before
// it serves: by then these have not been used up, and some tens of requests later they have.
const LOOKS_WATCHED = 1000;

/**
 * Tells, once, when somebody else registers with OpenTelemetry's API soon after our SDK did and is refused.
 *
 * A registration assigns the symbol that holds all globals, which nothing else does, and then reads the one that it is
 * for, to see whether it is taken; only that of a diag logger, which may be replaced, does not. Whoever reads without
 * registering gets the symbol first.
 */
export function onSecondSdk(tell: () => void): void {
  const api = otelApi() as Record<string, unknown> | undefined;
  if (api === undefined) return;
  const taken = GLOBALS.filter((name) => Object.hasOwn(api, name));
  let registering = false;
  let left = LOOKS_WATCHED;

  const stop = (holding: unknown): void => {
    for (const name of taken) if (Object.hasOwn(api, name)) setPlain(api, name, api[name]);
    setPlain(globalThis, OTEL_API, holding);
  };

  Object.defineProperty(globalThis, OTEL_API, {
    configurable: true,
    enumerable: true,
    get() {
      registering = false;
      if (--left <= 0) stop(api);
      return api;
    },
    set(value: unknown) {
      registering = value === api;
      if (!registering) stop(value);
    },
  });

  for (const name of taken) {
    let value = api[name];
    Object.defineProperty(api, name, {
      configurable: true,
      enumerable: true,
      get() {
        if (registering) {
          registering = false;
          stop(api);
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

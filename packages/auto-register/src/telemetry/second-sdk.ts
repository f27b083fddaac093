import { OTEL_API, otelApi, setPlain } from '@corr/propagator/internal';

const GLOBALS = ['trace', 'context', 'propagation', 'metrics', 'logs'];

// An accessor costs about 30 ns at each read of the globals, and a request reads them dozens of times. An application starts its
// SDK before it serves requests, so the limit is not reached by then; it is reached after some tens of requests.
const LOOKS_WATCHED = 1000;

/**
 * Reports once if other code registers with OpenTelemetry's API soon after our SDK did, and is refused.
 *
 * Only a registration assigns the symbol that holds all globals; it then reads the global that it registers, to see whether it is
 * taken. The exception is a diag logger, which may be replaced. Code that reads without registering gets the symbol first.
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

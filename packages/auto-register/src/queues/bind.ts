import { bindCorrelationId } from '@corr/propagator';
import { runIn, otelApi, runExactlyIn, shared } from '@corr/propagator/internal';
import { ROOT_CONTEXT } from '@opentelemetry/api';

export type Fn = (this: unknown, ...args: never[]) => unknown;
/** Calls a function in a stored context. */
export type Run = (fn: Fn, self: unknown, args: ArrayLike<unknown>) => unknown;

/** Stores the active context, or its absence, for later calls. */
export function here(): Run {
  return bindCorrelationId(Reflect.apply as Run);
}

/**
 * Binds a function to the active context, or to none if none is active.
 *
 * A proxy, because some libraries read a function's `length` or check whether it is async, and because a class must stay a class.
 */
export function bound(fn: Fn): Fn {
  const run = here();
  return new Proxy(fn, { apply: (_, self, args) => run(fn, self, args) });
}

/** Calls a function without an ID. An active span stays, because it includes the connecting. */
export const withoutId: Run = (fn, self, args) => runIn(undefined, fn, self, args);

/** Calls a function outside all contexts, including spans. */
export const outside: Run = (fn, self, args) => {
  const manager = otelApi()?.context;
  if (manager === undefined || manager === shared.manager) {
    return shared.store.getStore() === undefined ? Reflect.apply(fn, self, args) : runExactlyIn(undefined, fn, self, args);
  }
  return manager.with(ROOT_CONTEXT, () => runExactlyIn(undefined, fn, self, args));
};

const owners = new WeakMap<object, Run>();

/** Returns a way to call functions in the context in which an object was handed over. */
export function ownerOf(object: unknown): Run | undefined {
  return owners.get(object as object);
}

/** Makes these functions of an object run in the active context; the first owner counts. */
export function belong(object: unknown, names: readonly string[]): void {
  if (object === null || typeof object !== 'object' || owners.has(object)) return;
  const run = here();
  owners.set(object, run);
  for (const name of names) bindMethod(object as Record<string, unknown>, name, run);
}

function bindMethod(object: Record<string, unknown>, name: string, run: Run): void {
  if (typeof object[name] !== 'function') return;
  const own = Object.getOwnPropertyDescriptor(object, name);
  const method = own === undefined ? undefined : (object[name] as Fn);
  // Inherited functions are looked up at the call, because the class may be patched in between.
  function owned(this: unknown): unknown {
    return run(method ?? (Reflect.get(Object.getPrototypeOf(object) as object, name, object) as Fn), this, arguments);
  }
  Reflect.defineProperty(object, name, { value: owned, writable: true, configurable: true, enumerable: own?.enumerable ?? false });
}

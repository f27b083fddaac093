import { bindCorrelationId } from '@corr/propagator';
import { runIn, otelApi, runExactlyIn, shared } from '@corr/propagator/internal';
import { ROOT_CONTEXT } from '@opentelemetry/api';

export type Fn = (this: unknown, ...args: never[]) => unknown;
/** Calls a function in the context that it stands for. */
export type Run = (fn: Fn, self: unknown, args: ArrayLike<unknown>) => unknown;

/** Calls later functions in the context that is active now, or outside of all where none is. */
export function here(): Run {
  return bindCorrelationId(Reflect.apply as Run);
}

/**
 * A function that is called in the context that is active now, whoever calls it, and outside of all where none is.
 *
 * A proxy: some libraries read a function's `length` or ask whether it is async, and one that is in truth a class stays one.
 */
export function bound(fn: Fn): Fn {
  const run = here();
  return new Proxy(fn, { apply: (_, self, args) => run(fn, self, args) });
}

/** Calls a function without an ID. A span that is active stays: connecting is part of it. */
export const withoutId: Run = (fn, self, args) => runIn(undefined, fn, self, args);

/** Calls a function outside of all contexts, spans included. */
export const outside: Run = (fn, self, args) => {
  const manager = otelApi()?.context;
  if (manager === undefined || manager === shared.manager) {
    return shared.store.getStore() === undefined ? Reflect.apply(fn, self, args) : runExactlyIn(undefined, fn, self, args);
  }
  return manager.with(ROOT_CONTEXT, () => runExactlyIn(undefined, fn, self, args));
};

const owners = new WeakMap<object, Run>();

/** Calls functions in the context that an object was handed over in. */
export function ownerOf(object: unknown): Run | undefined {
  return owners.get(object as object);
}

/** Has these functions of an object run in the context that is active now; the first owner counts. */
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
  // Inherited ones are looked up when they are called: somebody may patch the class in between.
  function owned(this: unknown): unknown {
    return run(method ?? (Reflect.get(Object.getPrototypeOf(object) as object, name, object) as Fn), this, arguments);
  }
  Reflect.defineProperty(object, name, { value: owned, writable: true, configurable: true, enumerable: own?.enumerable ?? false });
}

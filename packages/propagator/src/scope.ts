import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { contextWithId, hopOf, idOf, privateId, withoutId } from './context';
import { Hop } from './hops';
import { otelApi } from './otel-api';
import { shared } from './shared';

const call = Reflect.apply as <T>(fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>) => T;

/**
 * The active context that has an ID: OpenTelemetry's own, else that of the store, else the process-wide one.
 * `undefined` outside all three.
 */
export function activeContext(): Context | undefined {
  const otel = otelApi()?.context?.active();
  const stored = shared.store.getStore();
  if (otel !== undefined) {
    const id = idOf(otel);
    // Of the same request, the hop is the one that was admitted: a propagator that extracts once more would begin another.
    if (id !== undefined) return stored !== undefined && stored !== otel && hopOf(stored) !== undefined && idOf(stored) === id ? stored : otel;
    if (privateId(otel) === null) return undefined; // deleted on purpose
  }
  if (stored !== undefined && idOf(stored) !== undefined) return stored;
  const { processId: id, processHop: hop } = shared;
  return id === undefined ? undefined : contextWithId(ROOT_CONTEXT, id, { hop });
}

/** The hop of the running code; `undefined` where hops are off, and outside of all requests. */
export function activeHop(): Hop | undefined {
  if (!shared.hopping) return undefined;
  const context = activeContext();
  return context === undefined ? undefined : hopOf(context);
}

/** The ID of a context, or of the running code when no context is given; `undefined` where there is none. */
export function getCorrelationId(context?: Context): string | undefined {
  if (context !== undefined) return idOf(context);
  const manager = otelApi()?.context;
  if (manager !== undefined) {
    const active = manager.active();
    const id = idOf(active);
    if (id !== undefined || privateId(active) === null) return id;
  }
  const stored = shared.store.getStore();
  return (stored === undefined ? undefined : idOf(stored)) ?? shared.processId;
}

/**
 * Runs a function in a context, or outside of all (`undefined`), in the store alone where that is enough.
 *
 * OpenTelemetry's context manager is entered too when its active context has another request's ID, which would be
 * read before ours: a server that was told to listen inside some context has it active for all its requests.
 */
export function runIn<T>(context: Context | undefined, fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>): T {
  const manager = otelApi()?.context;
  if (shared.store.getStore() === context && (context !== undefined || manager === undefined)) return call(fn, self, args);
  if (manager !== undefined) {
    const active = manager.active();
    const other = idOf(active);
    const id = context === undefined ? undefined : idOf(context);
    if (manager === shared.manager) {
      // What else is in the active context, a span perhaps, stays.
      if (other === id && (context === undefined || hopOf(context) === hopOf(active))) return call(fn, self, args);
      return runExactlyIn(aligned(active, context), fn, self, args);
    }
    if (other !== undefined && other !== id && (id !== undefined || context === undefined)) {
      return manager.with(aligned(active, context), () => runExactlyIn(context, fn, self, args));
    }
  }
  return runExactlyIn(context, fn, self, args);
}

/** The same context with the ID and the hop of another one, or with none. */
function aligned(context: Context, other: Context | undefined): Context {
  const id = other === undefined ? undefined : idOf(other);
  return other === undefined || id === undefined ? withoutId(context) : contextWithId(context, id, { hop: hopOf(other) });
}

/** Runs a function in this very context of the store, whatever OpenTelemetry's is. */
export function runExactlyIn<T>(context: Context | undefined, fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>): T {
  return shared.store.run(context, callNoting<T>, context, fn, self, args);
}

type Thrown = typeof shared.thrown;

function callNoting<T>(context: Context | undefined, fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>): T {
  shared.thrown = undefined;
  try {
    return call(fn, self, args);
  } catch (error) {
    // Whoever throws this same error again meanwhile has been caught in between, and has begun anew above.
    if ((shared as { thrown: Thrown }).thrown?.error !== error) shared.thrown = { error, context };
    throw error;
  }
}

/** A function that, should it throw, leaves word of the context that it was made in. */
export function noting<F extends (...args: never[]) => unknown>(fn: F): F {
  const context = shared.store.getStore();
  if (context === undefined) return fn;
  return function (this: unknown) {
    return callNoting(context, fn, this, arguments);
  } as unknown as F;
}

/**
 * The context that an error was thrown in; `undefined` where that is not known.
 *
 * An exception that nobody catches is reported when its context has been left already.
 */
export function contextOfThrown(error: unknown): Thrown {
  return shared.thrown?.error === error ? shared.thrown : undefined;
}

/**
 * Runs a function under an ID, in the store and in OpenTelemetry's context manager where one is registered.
 *
 * Default: with `undefined`, or an ID that is not acceptable, one is made.
 */
export function withCorrelationId<T>(id: string | undefined, fn: () => T): T {
  const accepted = shared.settings.accept(id) ?? shared.settings.generate();
  const active = shared.hopping ? activeContext() : undefined;
  const isSame = active !== undefined && idOf(active) === accepted;
  return runUnder(accepted, isSame ? hopOf(active) : newHop(), fn);
}

/** The same for an accepted ID and the hop that it goes on in. */
export function runUnder<T>(id: string, hop: Hop | undefined, fn: () => T): T {
  const within = (): T => runExactlyIn(contextWithId(shared.store.getStore() ?? ROOT_CONTEXT, id, { hop }), fn, undefined, []);
  const manager = otelApi()?.context;
  if (manager === undefined || manager === shared.manager) return within();
  return manager.with(contextWithId(manager.active(), id, { hop }), within);
}

/** A hop of its own, under the call that it answers; `undefined` where hops are off. */
export function newHop(answers?: string, hops = shared.settings.hops): Hop | undefined {
  if (!hops) return undefined;
  shared.hopping = true;
  return new Hop(answers);
}

/** A function that always runs under the ID that is active now, whoever calls it later; `this`, arguments and result pass through. */
export function bindCorrelationId<F extends (...args: never[]) => unknown>(fn: F): F {
  const stored = shared.store.getStore();
  const active = otelApi()?.context?.active();
  function bound(this: unknown, ...args: unknown[]): unknown {
    const manager = otelApi()?.context; // registered since, perhaps
    if (manager === undefined || active === undefined) return runIn(stored, fn, this, args);
    if (manager === shared.manager) return runExactlyIn(stored, fn, this, args);
    return manager.with(active, () => runExactlyIn(stored, fn, this, args));
  }
  return bound as unknown as F;
}

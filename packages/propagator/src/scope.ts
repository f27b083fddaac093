import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { contextWithId, hopOf, idOf, privateId, withoutId } from './context';
import { Hop } from './hops';
import { otelApi } from './otel-api';
import { shared } from './shared';

const call = Reflect.apply as <T>(fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>) => T;

/**
 * The active context that has an ID: OpenTelemetry's, or else the store's, or else one with the process-wide ID.
 * `undefined` if none of them has one.
 */
export function activeContext(): Context | undefined {
  const otel = otelApi()?.context?.active();
  const stored = shared.store.getStore();
  if (otel !== undefined) {
    const id = idOf(otel);
    // For the same request, the stored context has the hop of its arrival; a propagator that extracted again has begun another hop.
    if (id !== undefined) return stored !== undefined && stored !== otel && hopOf(stored) !== undefined && idOf(stored) === id ? stored : otel;
    if (privateId(otel) === null) return undefined; // deleted on purpose
  }
  if (stored !== undefined && idOf(stored) !== undefined) return stored;
  const { processId: id, processHop: hop } = shared;
  return id === undefined ? undefined : contextWithId(ROOT_CONTEXT, id, { hop });
}

/** The hop of the running code; `undefined` if hops are off, or outside a request if the process has none. */
export function activeHop(): Hop | undefined {
  if (!shared.hopping) return undefined;
  const context = activeContext();
  return context === undefined ? undefined : hopOf(context);
}

/** The ID of a context or, without an argument, of the running code; `undefined` if there is none. */
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
 * Runs a function in a context, or outside all contexts (`undefined`). It enters only the store if that is enough.
 *
 * It also enters OpenTelemetry's context manager if the active context there has another request's ID, which would be read before
 * ours. For example, a server that started to listen inside a context has that context active for all its requests.
 */
export function runIn<T>(context: Context | undefined, fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>): T {
  const manager = otelApi()?.context;
  if (shared.store.getStore() === context && (context !== undefined || manager === undefined)) return call(fn, self, args);
  if (manager !== undefined) {
    const active = manager.active();
    const other = idOf(active);
    const id = context === undefined ? undefined : idOf(context);
    if (manager === shared.manager) {
      // Everything else in the active context, such as a span, stays.
      if (other === id && (context === undefined || hopOf(context) === hopOf(active))) return call(fn, self, args);
      return runExactlyIn(aligned(active, context), fn, self, args);
    }
    if (other !== undefined && other !== id && (id !== undefined || context === undefined)) {
      return manager.with(aligned(active, context), () => runExactlyIn(context, fn, self, args));
    }
  }
  return runExactlyIn(context, fn, self, args);
}

/** The same context with the ID and the hop of another one, or without an ID if the other has none. */
function aligned(context: Context, other: Context | undefined): Context {
  const id = other === undefined ? undefined : idOf(other);
  return other === undefined || id === undefined ? withoutId(context) : contextWithId(context, id, { hop: hopOf(other) });
}

/** Runs a function in exactly this context of the store, whatever OpenTelemetry's context is. */
export function runExactlyIn<T>(context: Context | undefined, fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>): T {
  return isReported() ? shared.store.run(context, callNoting<T>, context, fn, self, args) : shared.store.run(context, call<T>, fn, self, args);
}

/**
 * True if somebody listens for uncaught errors. Otherwise, and for a monitor, Node prints the place where one was thrown last, which would be
 * ours if we caught it.
 */
function isReported(): boolean {
  const { _events: events } = process as { _events?: object };
  return events === undefined || 'uncaughtException' in events;
}

type Thrown = typeof shared.thrown;

function callNoting<T>(context: Context | undefined, fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>): T {
  shared.thrown = undefined;
  try {
    return call(fn, self, args);
  } catch (error) {
    // The innermost context stays on record. If the error was caught and is thrown again from here, the first line has cleared the record.
    if ((shared as { thrown: Thrown }).thrown?.error !== error) process.nextTick(process.nextTick, forget, (shared.thrown = { error, context }));
    throw error;
  }
}

/**
 * An error that nobody catches is reported before the next tick, or in it if an EventTarget's listener threw it. After that, the same
 * error can be thrown anywhere: some are made once.
 */
function forget(thrown: Thrown): void {
  if (shared.thrown === thrown) shared.thrown = undefined;
}

/** Wraps a function: if it throws, the context in which it was wrapped is recorded for `contextOfThrown`. */
export function noting<F extends (...args: never[]) => unknown>(fn: F): F {
  const context = shared.store.getStore();
  if (context === undefined) return fn;
  return function (this: unknown) {
    return isReported() ? callNoting(context, fn, this, arguments) : call(fn, this, arguments);
  } as unknown as F;
}

/**
 * The context in which an error was thrown; `undefined` if it is not known.
 *
 * Node reports an uncaught exception after its context was left.
 */
export function contextOfThrown(error: unknown): Thrown {
  return shared.thrown?.error === error ? shared.thrown : undefined;
}

/**
 * Runs a function under an ID, in the store and, if one is registered, in OpenTelemetry's context manager.
 *
 * Default: `undefined` or an unacceptable ID is replaced by a new ID.
 */
export function withCorrelationId<T>(id: string | undefined, fn: () => T): T {
  const accepted = shared.settings.accept(id) ?? shared.settings.generate();
  const active = shared.hopping ? activeContext() : undefined;
  const isSame = active !== undefined && idOf(active) === accepted;
  return runUnder(accepted, isSame ? hopOf(active) : newHop(), fn);
}

/** The same for an ID that was already accepted, with its hop. */
export function runUnder<T>(id: string, hop: Hop | undefined, fn: () => T): T {
  const within = (): T => runExactlyIn(contextWithId(shared.store.getStore() ?? ROOT_CONTEXT, id, { hop }), fn, undefined, []);
  const manager = otelApi()?.context;
  if (manager === undefined || manager === shared.manager) return within();
  return manager.with(contextWithId(manager.active(), id, { hop }), within);
}

/** A new hop, below the call that it answers; `undefined` if hops are off. */
export function newHop(answers?: string, hops = shared.settings.hops): Hop | undefined {
  if (!hops) return undefined;
  shared.hopping = true;
  return new Hop(answers);
}

/**
 * Returns a function that always runs under the ID that is active now, whoever calls it later. It passes on `this`, arguments and result, and
 * has the name and the length of the given one.
 */
export function bindCorrelationId<F extends (...args: never[]) => unknown>(fn: F): F {
  const stored = shared.store.getStore();
  const active = otelApi()?.context?.active();
  function bound(this: unknown, ...args: unknown[]): unknown {
    const manager = otelApi()?.context; // it may have been registered in the meantime
    if (manager === undefined || active === undefined) return runIn(stored, fn, this, args);
    if (manager === shared.manager) return runExactlyIn(stored, fn, this, args);
    return manager.with(active, () => runExactlyIn(stored, fn, this, args));
  }
  // Express tells a handler of errors by its length.
  if (typeof fn !== 'function') return bound as unknown as F;
  return Object.defineProperties(bound, { name: { value: fn.name, configurable: true }, length: { value: fn.length, configurable: true } }) as unknown as F;
}

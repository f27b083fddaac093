import { createRequire } from 'node:module';
import { runExactlyIn, shared, withIdOf } from '@corr/propagator/internal';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import type * as AsyncHooks from '@opentelemetry/context-async-hooks';

/** Resolves modules from the SDK, because another copy would bypass the copy that the SDK uses. */
export const sdkRequire = createRequire(require.resolve('@opentelemetry/sdk-node'));
const { AsyncLocalStorageContextManager } = sdkRequire('@opentelemetry/context-async-hooks') as typeof AsyncHooks;

type Store = typeof shared.store & { withScope?(context: Context): unknown };

/**
 * OpenTelemetry's context manager, with its contexts in the store of the ID. A request then enters one store instead of two.
 */
export class OneStoreContextManager extends AsyncLocalStorageContextManager {
  override active(): Context {
    return shared.store.getStore() ?? ROOT_CONTEXT;
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(context: Context, fn: F, thisArg?: ThisParameterType<F>, ...args: A): ReturnType<F> {
    return runExactlyIn(withStoredId(context), fn as unknown as (...all: never[]) => ReturnType<F>, thisArg, args);
  }

  /** Activates a context until the token is disposed of; only newer managers have this method. */
  override attach(context: Context): ReturnType<AsyncHooks.AsyncLocalStorageContextManager['attach']> {
    const store: Store = shared.store;
    const next = withStoredId(context);
    if (store.withScope !== undefined) return store.withScope(next) as never;
    const before = store.getStore();
    store.enterWith(next);
    let attached = true;
    const dispose = (): void => {
      if (attached) store.enterWith(before);
      attached = false;
    };
    return { dispose } as never;
  }

  /** Requests continue and keep their ID. */
  override disable(): this {
    return this;
  }
}

/** Code that enters a context without an ID, even the root context, is still in the same request. */
function withStoredId(context: Context | undefined = ROOT_CONTEXT): Context {
  return withIdOf(context, stored);
}

function stored(): Context | undefined {
  return shared.store.getStore();
}

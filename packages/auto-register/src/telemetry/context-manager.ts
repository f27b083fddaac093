import { EventEmitter } from 'node:events';
import http = require('node:http');
import { createRequire } from 'node:module';
import { idOf, runExactlyIn, shared, withIdOf } from '@corr/propagator/internal';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import type * as AsyncHooks from '@opentelemetry/context-async-hooks';
import { bindExactly, contextOf, isBoundExactly } from '../node/emitters';

/** Resolves modules from the SDK, because another copy would bypass the copy that the SDK uses. */
export const sdkRequire = createRequire(require.resolve('@opentelemetry/sdk-node'));
const { AsyncLocalStorageContextManager } = sdkRequire('@opentelemetry/context-async-hooks') as typeof AsyncHooks;

type Store = typeof shared.store & { withScope?(context: Context): unknown };

/**
 * OpenTelemetry's context manager, with its contexts in the store of the ID. A request then enters one store instead of two. Its
 * messages already have their context from us, so they are bound without a wrapper for each method and listener.
 */
export class OneStoreContextManager extends AsyncLocalStorageContextManager {
  override active(): Context {
    return shared.store.getStore() ?? ROOT_CONTEXT;
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(context: Context, fn: F, thisArg?: ThisParameterType<F>, ...args: A): ReturnType<F> {
    return runExactlyIn(withStoredId(context), fn as unknown as (...all: never[]) => ReturnType<F>, thisArg, args);
  }

  override bind<T>(context: Context, target: T): T {
    if (target instanceof EventEmitter && isBoundExactly(target)) return target; // the first binding counts
    if (!isMessageOf(target, context)) return super.bind(context, target);
    bindExactly(target, context);
    return target;
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

/** True if the target is an admitted request or its response, and the context has its ID. */
function isMessageOf(target: unknown, context: Context | undefined = ROOT_CONTEXT): target is object {
  const request = target instanceof http.ServerResponse ? (target.req as unknown) : target;
  if (!(request instanceof http.IncomingMessage)) return false;
  const own = contextOf(request) ?? undefined;
  return own !== undefined && idOf(own) === idOf(context);
}

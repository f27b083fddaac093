import http from 'node:http';
import { createRequire } from 'node:module';
import { idOf, runExactlyIn, shared, withIdOf } from '@corr/propagator/internal';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import type * as AsyncHooks from '@opentelemetry/context-async-hooks';
import { bindExactly, contextOf } from '../node/emitters';

/** Finds what the SDK itself uses: with another copy of it we would register, or wrap, past the SDK. */
export const sdkRequire = createRequire(require.resolve('@opentelemetry/sdk-node'));
const { AsyncLocalStorageContextManager } = sdkRequire('@opentelemetry/context-async-hooks') as typeof AsyncHooks;

type Store = typeof shared.store & { withScope?(context: Context): unknown };

/**
 * OpenTelemetry's own context manager with its contexts in the store of the ID: a request then enters one and not two, and its
 * messages, which have their context from us, are bound with no wrapper around each method and listener.
 */
export class OneStoreContextManager extends AsyncLocalStorageContextManager {
  override active(): Context {
    return shared.store.getStore() ?? ROOT_CONTEXT;
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(context: Context, fn: F, thisArg?: ThisParameterType<F>, ...args: A): ReturnType<F> {
    return runExactlyIn(withStoredId(context), fn as unknown as (...all: never[]) => ReturnType<F>, thisArg, args);
  }

  override bind<T>(context: Context, target: T): T {
    if (!isMessageOf(target, context)) return super.bind(context, target);
    bindExactly(target, context);
    return target;
  }

  /** Active from here on, until the token is disposed of; newer managers alone have it. */
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

  /** Requests go on, and the ID with them. */
  override disable(): this {
    return this;
  }
}

/** Whoever enters a context without an ID, be it the root's, is still in the same request. */
function withStoredId(context: Context | undefined = ROOT_CONTEXT): Context {
  return withIdOf(context, stored);
}

function stored(): Context | undefined {
  return shared.store.getStore();
}

/** True for an admitted request, or the response to one, and a context with its ID. */
function isMessageOf(target: unknown, context: Context | undefined = ROOT_CONTEXT): target is object {
  const request = target instanceof http.ServerResponse ? (target.req as unknown) : target;
  if (!(request instanceof http.IncomingMessage)) return false;
  const own = contextOf(request) ?? undefined;
  return own !== undefined && idOf(own) === idOf(context);
}

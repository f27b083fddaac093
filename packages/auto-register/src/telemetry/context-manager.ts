import http from 'node:http';
import { idOf, otelApi, shared, withIdOf } from '@corr/propagator/internal';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context, ContextManager } from '@opentelemetry/api';
import { CONTEXT, bind, isBound } from '../node/emitters';
import type { Emitter } from '../node/emitters';

/** OpenTelemetry's context manager, as far as it is changed here; its storage is the same in 2.x and 3.x. */
interface Manager extends ContextManager {
  _asyncLocalStorage?: unknown;
  attach?(context: Context): unknown;
}

/**
 * Has the context manager of our own SDK keep its contexts in the store of the ID: a request then enters one and not two,
 * and its messages, which have their context from us, are bound with no wrapper around each method and listener.
 *
 * Where the manager keeps its contexts in another way than it is known to, it is left alone.
 */
export function keepInOneStore(): void {
  const manager = otelApi()?.context as Manager | undefined;
  if (manager?._asyncLocalStorage?.constructor !== shared.store.constructor) return;
  const { store } = shared;
  const { attach, bind: bindAny } = manager;
  manager._asyncLocalStorage = store;
  shared.manager = manager;

  manager.with = (context, fn, thisArg, ...args) =>
    store.run(withStoredId(context), (thisArg === undefined || thisArg === null ? fn : fn.bind(thisArg)) as typeof fn, ...args);
  if (attach !== undefined) manager.attach = (context) => attach.call(manager, withStoredId(context));
  manager.bind = (context, target) => {
    if (isBound(target)) return target;
    if (!isMessageOf(target, context)) return bindAny.call(manager, context, target) as typeof target;
    bind(target, context);
    return target;
  };
  manager.disable = () => manager; // requests go on, and the ID with them
}

/** Whoever enters a context without an ID, be it the root's, is still in the same request. */
function withStoredId(context: Context | undefined = ROOT_CONTEXT): Context {
  return withIdOf(context, stored);
}

function stored(): Context | undefined {
  return shared.store.getStore();
}

/** True for an admitted request, or the response to one, and a context with its ID. */
function isMessageOf(target: unknown, context: Context | undefined = ROOT_CONTEXT): target is Emitter {
  const request = target instanceof http.ServerResponse ? (target.req as unknown) : target;
  if (!(request instanceof http.IncomingMessage)) return false;
  const own = (request as unknown as Emitter)[CONTEXT] ?? undefined;
  return own !== undefined && idOf(own) === idOf(context);
}

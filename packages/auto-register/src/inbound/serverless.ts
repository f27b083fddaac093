import path = require('node:path');
import { patchExports } from '@corr/propagator/internal';
import { onModuleLoad } from '@corr/log-bridge/internal';
import type { LoadedModule } from '@corr/log-bridge/internal';
import { correlated } from './handler';

type Function = (this: unknown, ...args: unknown[]) => unknown;
/** An Express application is also a listener, and keeps its own request class. */
interface Dispatch extends Function { request?: { app?: unknown }; response?: unknown }

const wrappers = new WeakMap<Dispatch, Dispatch>();

function admitting(dispatch: Dispatch): Dispatch {
  const known = wrappers.get(dispatch);
  if (known !== undefined) return known;
  const wrapper: Dispatch = correlated(function (this: unknown) {
    return Reflect.apply(dispatch, this, arguments) as unknown;
  });
  const { request, response } = dispatch;
  if (request?.app === dispatch) Object.assign(wrapper, { request: Object.create(Object.getPrototypeOf(request) as object, { app: { value: wrapper } }) as object, response });
  wrappers.set(dispatch, wrapper);
  return wrapper;
}

/** Packages that pass a request to a listener without a server, and how their exports are wrapped. */
const PACKAGES: Readonly<Record<string, (original: Function) => Function>> = {
  // fastify.inject, @fastify/aws-lambda
  'light-my-request/index.js': (inject) => function (dispatch, ...rest) {
    return inject.call(this, typeof dispatch === 'function' ? admitting(dispatch as Dispatch) : dispatch, ...rest);
  },
  'serverless-http/serverless-http.js': (serverless) => function () {
    const handler = Reflect.apply(serverless, this, arguments) as unknown;
    return typeof handler === 'function' ? correlated(handler as Function) : handler;
  },
};

/** Admits requests that do not arrive over a socket. Returns its undo. */
export function carryInServerless(): () => void {
  const undo: (() => void)[] = [];
  undo.push(
    onModuleLoad((filename, module: LoadedModule) => {
      const parts = filename.split(path.sep);
      const wrap = parts.at(-3) === 'node_modules' ? PACKAGES[parts.slice(-2).join('/')] : undefined;
      if (wrap !== undefined && typeof module.exports === 'function') undo.push(patchExports(module, wrap));
    }),
  );
  return () => {
    for (const undoOne of undo) undoOne();
  };
}

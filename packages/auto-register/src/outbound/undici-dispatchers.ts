import { isIP } from 'node:net';
import path from 'node:path';
import { onModuleLoad } from '@corr/log-bridge/internal';
import { bindCorrelationId } from '@corr/propagator';
import { parseAuthority, patch, patchExports } from '@corr/propagator/internal';
import type { Route, Target } from '@corr/propagator/internal';
import { targetOfUrl } from './route';

type Dispatch = (this: object, options: unknown, handler: unknown) => unknown;
type Interceptor = (dispatch: Dispatch) => Dispatch;

/** What is known of the dispatch under way: a request is created within the call that sends it. */
interface Way {
  /** The client that sends it. */
  client?: object;
  /** The pool that the client is of. */
  pool?: object | undefined;
  /** The proxy that it goes through. */
  through?: Target | undefined;
  /** The name that was looked up by `interceptors.dns()`, which puts the address into the origin. */
  resolved?: Target | undefined;
}
let way: Way = {};

function going<T>(further: Way, fn: () => T): T {
  const before = way;
  way = { ...way, ...further };
  try {
    return fn();
  } finally {
    way = before;
  }
}

/** Connectors that undici made, with true for those that connect to a socket's path; all others are an application's own. */
const connectors = new WeakMap<object, boolean>();

/** The way of the request that is being created. */
export function routeOfDispatch({ origin, path: target }: { origin?: string | URL; path?: string }, host: unknown): Route {
  const others: (Target | undefined)[] = [];
  const reached = targetOfUrl(origin);
  if (typeof target === 'string' && !target.startsWith('/') && target.includes('://')) others.push(targetOfUrl(target));
  const { through = environmentProxy(String(origin)), resolved, client, pool } = way;
  // The address that a listed name was looked up to stands for that name, and for no other.
  const named = resolved ?? reached;
  if (host !== undefined && host !== null && host !== '') others.push(...[host].flat().map((name) => parseAuthority(name, named?.port)));
  if (through !== undefined) return { connection: through, others: [named, ...others] };
  return { connection: client === undefined || connects(client, pool) ? named : undefined, others };
}

/** True for a client that connects to its origin, false for one that connects in a way of its own. */
function connects(client: object, pool: object | undefined): boolean {
  const made = member(client, 'connector');
  // From undici 7 on, a client wraps the connector that its pool gives it.
  const given = pool === undefined ? undefined : (member(pool, 'options') as { connect?: unknown } | undefined)?.connect;
  return [made, given].some((connector) => typeof connector === 'function' && connectors.get(connector) === false);
}

/** What undici keeps under a symbol of that description. */
function member(dispatcher: object, description: string): unknown {
  const symbol = Object.getOwnPropertySymbols(dispatcher).find((one) => one.description === description);
  return symbol === undefined ? undefined : (dispatcher as Record<symbol, unknown>)[symbol];
}

const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');

/**
 * The proxy of the environment, where Node's own fetch was told to use it (NODE_USE_ENV_PROXY): no module of it is loaded
 * that could be met. A host that NO_PROXY lists counts as proxied all the same: it fails closed.
 */
function environmentProxy(origin: string): Target | undefined {
  const dispatcher = (globalThis as { [GLOBAL_DISPATCHER]?: object })[GLOBAL_DISPATCHER];
  if (way.client !== undefined || dispatcher?.constructor.name !== 'EnvHttpProxyAgent') return undefined;
  const { env } = process;
  const proxy = origin.startsWith('https:') ? (env['https_proxy'] ?? env['HTTPS_PROXY'] ?? env['http_proxy'] ?? env['HTTP_PROXY']) : (env['http_proxy'] ?? env['HTTP_PROXY']);
  return proxy === undefined || proxy === '' ? undefined : targetOfUrl(proxy);
}

/** Meets undici's files as they are loaded. Returns its undo. */
export function watchDispatchers(): () => void {
  const undo: (() => void)[] = [];
  const stopWatching = onModuleLoad((filename, module) => {
    if (!/[\\/]lib[\\/]/.test(filename)) return;
    const meet = FILES[path.basename(filename)];
    if (meet !== undefined) undo.push(...meet(module));
  });
  return () => {
    stopWatching();
    for (const undoOne of undo) undoOne();
  };
}

interface Loaded { exports: unknown }

/** Files of undici by their name, each made sure of by what it exports. */
const FILES: Readonly<Record<string, ((module: Loaded) => (() => void)[]) | undefined>> = {
  'dispatcher-base.js': ({ exports }) => (isClass(exports, 'DispatcherBase') ? [patch(exports.prototype as { dispatch: Dispatch }, 'dispatch', holding)] : []),
  'proxy-agent.js': ({ exports }) => (isClass(exports, 'ProxyAgent') ? [patch(exports.prototype as { dispatch: Dispatch }, 'dispatch', throughProxy)] : []),
  'connect.js': (module) => {
    const build = module.exports as (options: unknown) => object;
    if (typeof build !== 'function' || build.name !== 'buildConnector') return [];
    return [patchExports<typeof build>(module, () => function buildConnector(options) {
      const connector = build(options);
      const { path: file, socketPath } = (options ?? {}) as { path?: unknown; socketPath?: unknown };
      connectors.set(connector, (file ?? socketPath ?? undefined) !== undefined);
      return connector;
    })];
  },
  'dns.js': (module) => {
    const intercept = module.exports as (options: unknown) => Interceptor;
    if (typeof intercept !== 'function' || !/dnsInterceptor/.test(String(intercept))) return [];
    return [patchExports<typeof intercept>(module, () => function (options) {
      const interceptor = intercept(options);
      return (dispatch) => {
        const plain = interceptor(dispatch);
        const looking = interceptor(resolvedBy(dispatch));
        return function (sent) {
          const { host } = targetOfUrl((sent as { origin?: unknown } | null)?.origin) ?? { host: '' };
          return Reflect.apply(isIP(host.replace(/^\[|\]$/g, '')) === 0 ? looking : plain, this, arguments) as unknown;
        };
      };
    })];
  },
};

function isClass(exports: unknown, name: string): exports is { prototype: object } {
  return typeof exports === 'function' && exports.name === name && typeof (exports.prototype as { dispatch?: unknown }).dispatch === 'function';
}

function throughProxy(dispatch: Dispatch): Dispatch {
  return function () {
    const { uri } = (member(this, 'proxy agent options') ?? {}) as { uri?: unknown };
    // One that cannot be read is on the way all the same.
    return going({ through: targetOfUrl(uri) ?? { host: '' } }, () => Reflect.apply(dispatch, this, arguments));
  };
}

/** The interceptor gives an address for the origin, and the name as the server's. */
function resolvedBy(dispatch: Dispatch): Dispatch {
  return function (options) {
    const { origin, servername } = (options ?? {}) as { origin?: unknown; servername?: unknown };
    const reached = targetOfUrl(origin);
    const resolved = typeof servername === 'string' && reached !== undefined ? { host: servername, port: reached.port } : undefined;
    return going({ resolved }, () => Reflect.apply(dispatch, this, arguments));
  };
}

/** Options of calls that a pool hands on, later perhaps, with what they are to be called by. */
const held = new WeakMap<object, Dispatch>();

/**
 * A pool of undici up to 7 with limited connections creates a queued request in the context of whichever request
 * freed the connection, and so with that one's ID. Here the context of the caller is held with the options of the call.
 */
function holding(dispatch: Dispatch): Dispatch {
  return function (options, handler) {
    const send = (): unknown => going({ client: this }, () => dispatch.call(this, options, handler));
    if (options === null || typeof options !== 'object') return Reflect.apply(dispatch, this, arguments);
    const bound = held.get(options);
    if (bound !== undefined) return bound.call(this, options, handler);
    if (!queues(this)) return send();
    const copy = Object.getPrototypeOf(options) === Object.prototype ? { ...options } : (Object.create(Object.getPrototypeOf(options) as object, Object.getOwnPropertyDescriptors(options)) as object);
    const { through, resolved } = way;
    const holder = this; // eslint-disable-line @typescript-eslint/no-this-alias -- it is called on a client of this pool
    held.set(copy, bindCorrelationId(function (this: object, sent: unknown, by: unknown) {
      return going({ through, resolved, pool: holder, client: this }, () => dispatch.call(this, sent, by));
    }));
    return dispatch.call(this, copy, handler);
  };
}

const queueing = new WeakMap<object, boolean>();

/** True for a dispatcher that hands its calls on to others, later perhaps: undici's pools. */
function queues(dispatcher: object): boolean {
  const { constructor } = dispatcher;
  let known = queueing.get(constructor);
  if (known === undefined) {
    known = false;
    for (let at: object | null = dispatcher; at !== null && !known; at = Object.getPrototypeOf(at) as object | null) {
      known = Object.getOwnPropertySymbols(at).some((symbol) => symbol.description === 'get dispatcher');
    }
    queueing.set(constructor, known);
  }
  return known;
}

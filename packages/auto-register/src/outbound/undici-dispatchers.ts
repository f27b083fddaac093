import { isIP } from 'node:net';
import path = require('node:path');
import { onModuleLoad } from '@corr/log-bridge/internal';
import { bindCorrelationId } from '@corr/propagator';
import { parseAuthority, patch, patchExports } from '@corr/propagator/internal';
import type { Route, Target } from '@corr/propagator/internal';
import { isPublishedByNodesUndici } from '../node/internals';
import { targetOfUrl } from './route';

type Dispatch = (this: object, options: unknown, handler: unknown) => unknown;
type Interceptor = (dispatch: Dispatch, ...rest: unknown[]) => Dispatch;

/** What is known of the current dispatch; a request is created within the call that sends it. */
interface Way {
  /** The client that sends it. */
  client?: object;
  /** The pool of the client. */
  pool?: object | undefined;
  /** The proxy on the way. */
  through?: Target | undefined;
  /** What `interceptors.dns()` has looked up: the address in the origin, and the name that was there before. */
  resolved?: { address: Target; name: Target } | undefined;
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

/** Connectors created by undici; true for those that connect to a socket path. All other connectors are the application's. */
const connectors = new WeakMap<object, boolean>();

/** The route of the request being created. */
export function routeOfDispatch(request: { origin?: string | URL; path?: string }, host: unknown): Route {
  const { origin, path: target } = request;
  const others: (Target | undefined)[] = [];
  const reached = targetOfUrl(origin);
  if (typeof target === 'string' && !target.startsWith('/') && target.includes('://')) others.push(targetOfUrl(target));
  const { through = environmentProxy(String(origin)), resolved, client, pool } = way;
  // A looked-up address stands only for the listed name that it came from. An interceptor behind that one can change the origin again.
  const named = resolved !== undefined && isSame(resolved.address, reached) ? resolved.name : reached;
  if (host !== undefined && host !== null && host !== '') others.push(...[host].flat().map((name) => parseAuthority(name, named?.port)));
  if (through !== undefined) return { connection: through, others: [named, ...others] };
  // Node's own, or one that is bundled, of which nothing is known.
  if (client === undefined) return { connection: isNodes(request) ? named : undefined, others };
  const own = targetOfUrl(member(client, 'url'));
  // Up to undici 6, a call may name another origin than the one that its client connects to.
  return { connection: !connects(client, pool) ? undefined : isSame(own, reached) ? named : own, others: [named, ...others] };
}

function isSame(one: Target | undefined, other: Target | undefined): boolean {
  return one !== undefined && one.host === other?.host && one.port === other.port;
}

const nodes = new WeakMap<object, boolean>();

/** True for a request of Node's own fetch; asked while it is created. */
function isNodes(request: object): boolean {
  const prototype = Object.getPrototypeOf(request) as object;
  let known = nodes.get(prototype);
  if (known === undefined) nodes.set(prototype, (known = isPublishedByNodesUndici()));
  return known;
}

/** True if a client connects to its origin, false if it has its own way to connect. */
function connects(client: object, pool: object | undefined): boolean {
  const made = member(client, 'connector');
  // From undici 7, a client wraps the connector of its pool.
  const given = pool === undefined ? undefined : (member(pool, 'options') as { connect?: unknown } | undefined)?.connect;
  return [made, given].some((connector) => typeof connector === 'function' && connectors.get(connector) === false);
}

/** The member that undici keeps under a symbol with this description. */
function member(dispatcher: object, description: string): unknown {
  const symbol = Object.getOwnPropertySymbols(dispatcher).find((one) => one.description === description);
  return symbol === undefined ? undefined : (dispatcher as Record<symbol, unknown>)[symbol];
}

/** From undici 8, and Node 24, a second one is in use. */
const GLOBAL_DISPATCHERS = [Symbol.for('undici.globalDispatcher.2'), Symbol.for('undici.globalDispatcher.1')];

/**
 * The proxy that Node's own fetch uses (NODE_USE_ENV_PROXY, `http.setGlobalProxyFromEnv`): what its dispatcher was given, since the environment
 * can have changed. Node loads no module of it that could be patched. A host in NO_PROXY also counts as proxied, so that it fails closed.
 */
function environmentProxy(origin: string): Target | undefined {
  const dispatcher = GLOBAL_DISPATCHERS.map((symbol) => (globalThis as { [key: symbol]: object | undefined })[symbol]).find((each) => each !== undefined);
  if (way.client !== undefined || dispatcher?.constructor.name !== 'EnvHttpProxyAgent') return undefined;
  const agent = member(dispatcher, origin.startsWith('https:') ? 'https proxy agent' : 'http proxy agent') as object | undefined;
  if (agent === undefined) return { host: '' };
  if (agent.constructor.name !== 'ProxyAgent') return undefined;
  return targetOfUrl((member(agent, 'proxy agent options') as { uri?: unknown } | undefined)?.uri) ?? { host: '' };
}

/** Patches undici's files as they are loaded. Returns its undo. */
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

/** Files of undici by name, each verified by its exports. */
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
      return (dispatch, ...rest) => {
        const plain = interceptor(dispatch, ...rest);
        const looking = interceptor(resolvedBy(dispatch), ...rest);
        // `compose` takes no function that does not name both arguments.
        return function (sent, handler, ...more: unknown[]) {
          const { host } = targetOfUrl((sent as { origin?: unknown } | null)?.origin) ?? { host: '' };
          return Reflect.apply(isIP(host.replace(/^\[|\]$/g, '')) === 0 ? looking : plain, this, [sent, handler, ...more]) as unknown;
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
    // A proxy with an unreadable address is still a proxy.
    return going({ through: targetOfUrl(uri) ?? { host: '' } }, () => Reflect.apply(dispatch, this, arguments));
  };
}

/** The interceptor replaces the origin with an address, and keeps the name as the server name. */
function resolvedBy(dispatch: Dispatch): Dispatch {
  return function (options) {
    const { origin, servername } = (options ?? {}) as { origin?: unknown; servername?: unknown };
    const reached = targetOfUrl(origin);
    const resolved = typeof servername === 'string' && reached !== undefined ? { address: reached, name: { host: servername, port: reached.port } } : undefined;
    return going({ resolved }, () => Reflect.apply(dispatch, this, arguments));
  };
}

/** Options of calls that a pool passes on, possibly later, with the way to call it in the caller's context. */
const held = new WeakMap<object, Dispatch>();

/**
 * Up to undici 7, a pool with limited connections creates a queued request in the context of the request that freed the connection,
 * so it would get that request's ID. This keeps the caller's context with the options of the call.
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

/** True for a dispatcher that passes its calls on, possibly later: undici's pools. */
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

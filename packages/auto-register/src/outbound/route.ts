import http = require('node:http');
import https = require('node:https');
import { parseAuthority } from '@corr/propagator/internal';
import type { Route, Target } from '@corr/propagator/internal';
import { PROXY_CONFIG } from '../node/internals';

type Own = (name: string) => unknown;

/** An agent of Node or of a library, as far as it says where its connections go. */
interface Agent {
  options?: ConnectionOptions & { path?: unknown };
  addRequest?: unknown;
  createConnection?: unknown;
  createSocket?: unknown;
  getName?: unknown;
  /** agent-base: makes its connections itself. */
  connect?: unknown;
  /** http-proxy-agent, https-proxy-agent, socks-proxy-agent, hpagent: the proxy. */
  proxy?: unknown;
  [PROXY_CONFIG]?: { proxyConnectionOptions?: { host?: unknown; port?: unknown }; shouldUseProxy?(host: string, port: number | undefined): boolean };
}

// Read before other code can replace them.
const AGENTS = [http.Agent.prototype, https.Agent.prototype] as unknown as Agent[];
const CONNECTS = new Set(AGENTS.map(({ createConnection }) => createConnection));
/** A name stands for the connections that requests share. */
const NAMES = new Set(AGENTS.map(({ getName }) => getName));

/** What options say of a connection. */
export interface ConnectionOptions {
  host?: unknown;
  /** An agent is always told one. */
  port?: unknown;
  /** https connects over this one, wherever it goes to. */
  socket?: unknown;
  socketPath?: unknown;
}

/** The options of a request, as far as they are known: `agent` from when it was told the others. */
export interface Told extends ConnectionOptions {
  agent?: Agent;
}

/**
 * The route of a request of http or https; its agent says which host it connects to. A request's own members have no effect any more once
 * its agent was told.
 */
export function routeOfRequest(request: http.ClientRequest & { socketPath?: string; agent?: Agent | null }, options: Told | undefined, own: Own): Route {
  const { agent, host, socketPath } = options?.agent === undefined ? request : options;
  const { protocol } = request;
  const defaultPort = protocol === 'https:' ? 443 : 80;
  const names = namesOf(own('host'), defaultPort);
  const path = String(request.path);
  if (!path.startsWith('/') && path.includes('://')) names.push(URL.canParse(path) ? targetOfUrl(path) : undefined);

  const target = typeof host === 'string' ? { host, port: options?.port === undefined ? portOf(host, names) : Number(options.port) } : undefined;
  const proxy = socketPath === undefined ? proxyOf(agent, target) : undefined;
  if (proxy !== undefined) return { connection: proxy, others: [target, ...names] };
  const isKnown = socketPath === undefined && (protocol !== 'https:' || (options !== undefined && options.socket == null));
  return { connection: isKnown && target !== undefined ? connectionOf(agent, target) : undefined, others: names };
}

/** The route of a request of an http2 session; `session` is the target that it is connected to. */
export function routeOfStream(session: Route, own: Own, defaultPort: number | undefined): Route {
  const named = [own(':authority'), own('host')].filter((name) => name !== undefined);
  return { connection: session.connection, others: [...session.others, ...named.map((name) => parseAuthority(name, defaultPort))] };
}

/** The route for the arguments of `http2.connect`. */
export function routeOfSession(authority: unknown, options: unknown): Route {
  const named = targetOfUrl(authority);
  const { createConnection, host, path, port, socket, socketPath } = (options ?? {}) as Record<string, unknown>;
  if ([createConnection, path, socket, socketPath].some((way) => way !== undefined)) return { connection: undefined, others: [named] };
  const connection = named === undefined ? undefined : { host: host === undefined ? named.host : String(host), port: port === undefined ? named.port : Number(port) };
  return { connection, others: [named] };
}

/** Host and port of a URL, including the scheme's default port; `undefined` for an invalid URL. */
export function targetOfUrl(url: unknown): Target | undefined {
  try {
    const { hostname, port, protocol } = new URL(String(url));
    return hostname === '' ? undefined : { host: hostname, port: port === '' ? defaultPortOf(protocol) : Number(port) };
  } catch {
    return undefined;
  }
}

function defaultPortOf(protocol: string): number | undefined {
  return protocol === 'https:' || protocol === 'wss:' ? 443 : protocol === 'http:' || protocol === 'ws:' ? 80 : undefined;
}

/** The hosts named in a request's Host fields; `undefined` for one that cannot be parsed. */
function namesOf(field: unknown, defaultPort: number): (Target | undefined)[] {
  if (field === undefined || field === '') return [];
  return [field].flat().map((name) => parseAuthority(name, defaultPort));
}

/**
 * If a request's headers are complete before its agent is asked, the port is known only from its Host field, which Node builds from
 * the same options.
 */
function portOf(host: string, names: readonly (Target | undefined)[]): number | undefined {
  const bare = (name: string): string => name.replace(/^\[|\]$/g, '').toLowerCase();
  return names.length === 1 && names[0] !== undefined && bare(names[0].host) === bare(host) ? names[0].port : undefined;
}

function proxyOf(agent: Agent | null | undefined, target: Target | undefined): Target | undefined {
  const config = agent?.[PROXY_CONFIG];
  if (config?.shouldUseProxy?.(target?.host ?? '', target?.port) === true) {
    const { host, port } = config.proxyConnectionOptions ?? {};
    return { host: String(host), port: Number(port) };
  }
  const proxy = agent?.proxy;
  if (proxy === undefined || proxy === null) return undefined;
  if (typeof proxy === 'string' || proxy instanceof URL) return targetOfUrl(proxy);
  const { host, hostname, port } = proxy as Record<string, unknown>;
  return { host: String(hostname ?? host ?? ''), port: Number(port) };
}

/** The host that an agent connects to for a target; `undefined` if the agent makes its own connections or uses a socket path. */
function connectionOf(agent: Agent | null | undefined, target: Target): Target | undefined {
  if (agent === null || agent === undefined || typeof agent.connect === 'function' || !CONNECTS.has(agent.createConnection)) return undefined;
  // A subclass can connect in its own way. On the prototype itself, an APM may have wrapped them.
  const { addRequest, createSocket } = http.Agent.prototype as unknown as Agent;
  if (agent.addRequest !== addRequest || agent.createSocket !== createSocket || !NAMES.has(agent.getName)) return undefined;
  // An agent's options override those of its requests.
  const { host, path, port, socket, socketPath } = agent.options ?? {};
  if ([path, socket, socketPath].some((way) => way != null)) return undefined;
  return { host: host == null ? target.host : String(host), port: port == null ? target.port : Number(port) };
}

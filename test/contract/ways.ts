/** `name` is a host name that resolves to the address of the origin. */
type Part = 'origin' | 'other' | 'name';

/** Everyone who can read a request on one route. */
export interface Way {
  /** The host that the connection goes to; `unknown` if only the application knows it. */
  connection: Part | 'unknown';
  /** The host that the request names, and the proxy that it goes through. */
  others: Part[];
  /** Since Node 24.5. */
  newer?: true;
  /** Goes to a proxy in the clear and never gets an ID. */
  never?: true;
}

const direct: Way = { connection: 'origin', others: ['origin'] };
const proxied: Way = { connection: 'other', others: ['origin'] };
const misnamed: Way = { connection: 'origin', others: ['other'] };
const elsewhere: Way = { connection: 'other', others: ['origin'] };
const unknown: Way = { connection: 'unknown', others: ['origin'] };

/** Every route that is tried on real sockets; also the table in docs/leak-control.md. */
export const WAYS: Readonly<Record<string, Way>> = {
  'http': direct,
  'https': direct,
  'http2': direct,
  'fetch': direct,
  'undici': direct,
  'http, absolute path by hand': proxied,
  'http, http-proxy-agent': proxied,
  'https, https-proxy-agent': proxied,
  'http, Agent({ proxyEnv })': { ...proxied, newer: true },
  'https, Agent({ proxyEnv })': { ...proxied, newer: true },
  'http, NODE_USE_ENV_PROXY': { ...proxied, newer: true },
  'fetch, NODE_USE_ENV_PROXY': { ...proxied, newer: true },
  'fetch, NODE_USE_ENV_PROXY, the variable deleted at once': { ...proxied, newer: true },
  'undici, ProxyAgent': proxied,
  'undici, ProxyAgent without a tunnel': proxied,
  'undici, EnvHttpProxyAgent': proxied,
  'http, another Host header': misnamed,
  'undici, another Host header': misnamed,
  'http2, another :authority': misnamed,
  'http, Agent({ host })': misnamed,
  'http2, connect(url, { host })': elsewhere,
  'http, socketPath': unknown,
  'http, Agent({ socketPath })': unknown,
  'http, createConnection': unknown,
  'http, an agent with its own createSocket': unknown,
  'http, an agent with its own getName': unknown,
  'https, socket': unknown,
  'undici, connect.socketPath': unknown,
  'http by a name': { connection: 'name', others: ['name'] },
  'undici by a name, interceptors.dns()': { connection: 'name', others: ['name'] },
  'undici 6 by a name, interceptors.dns()': { connection: 'name', others: ['name'] },
  'undici, an interceptor that changes the origin behind interceptors.dns()': { connection: 'other', others: ['other', 'name'] },
  'CONNECT by hand': { connection: 'other', others: ['origin'], never: true },
};

/** Whether a request has the ID if `listed` may have it; `undefined` is a list that allows everything. */
export function isSent({ connection, others, never }: Way, listed: ReadonlySet<string> | undefined): boolean {
  if (never === true) return false;
  return listed === undefined || (connection !== 'unknown' && [connection, ...others].every((part) => listed.has(part)));
}

/** The same as a table for the docs. */
export function tableOfWays(): string {
  const lists: [string, Set<string> | undefined][] = [
    ['`*`', undefined],
    ['origin', new Set(['origin'])],
    ['other', new Set(['other'])],
    ['both', new Set(['origin', 'other'])],
    ['name', new Set(['name'])],
  ];
  const rows = Object.entries(WAYS).map(([name, way]) =>
    [`${name}${way.newer === true ? ' (Node 24.5 and later)' : ''}`, way.connection, way.others.join(', '), ...lists.map(([, listed]) => (isSent(way, listed) ? 'sent' : '–'))],
  );
  const head = ['way', 'connects to', 'names, or goes through to', ...lists.map(([name]) => (name === '`*`' ? 'list `*`' : `list: ${name}`))];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

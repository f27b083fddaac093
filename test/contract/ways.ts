/** `name` is a host name that stands for the address of the origin. */
type Part = 'origin' | 'other' | 'name';

/** Who gets to read a request that goes some way. */
export interface Way {
  /** Whom the connection goes to; `unknown` where only the application knows. */
  connection: Part | 'unknown';
  /** Whom the request names, and the proxy that it goes through. */
  others: Part[];
  /** First in Node 24.5. */
  newer?: true;
  /** What goes to a proxy in clear and is never given anything. */
  never?: true;
}

const direct: Way = { connection: 'origin', others: ['origin'] };
const proxied: Way = { connection: 'other', others: ['origin'] };
const misnamed: Way = { connection: 'origin', others: ['other'] };
const elsewhere: Way = { connection: 'other', others: ['origin'] };
const unknown: Way = { connection: 'unknown', others: ['origin'] };

/** Every way that is tried on real sockets, and the table in docs/leak-control.md. */
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
  'undici, connect.socketPath': unknown,
  'http by a name': { connection: 'name', others: ['name'] },
  'undici by a name, interceptors.dns()': { connection: 'name', others: ['name'] },
  'CONNECT by hand': { connection: 'other', others: ['origin'], never: true },
};

/** Whether a request has the ID where `listed` says who may have it; `undefined` is a list that lets everything through. */
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

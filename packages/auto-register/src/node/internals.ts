import http = require('node:http');

/*
 * Undocumented internals of Node that we use. Each has a probe that checks whether it works as expected, and a fallback.
 * docs/internals.md lists them, with those of pino, undici and OpenTelemetry.
 */

/**
 * The symbol under which Node keeps the headers given to `setHeader`, with lower-case names; if it is missing, more headers are
 * compared.
 */
export const SET_HEADERS = Object.getOwnPropertySymbols(new http.OutgoingMessage()).find(({ description }) => description === 'kOutHeaders') ?? Symbol('none');

/**
 * Node builds `headers` and `headersDistinct` on first access, from as many raw headers as the parser counted. If that count is
 * raised by one, a line appended to the counted raw headers appears in all three, and nothing is built until it is read.
 */
const [HEADERS, HEADERS_COUNT] = lazyHeaders();

interface Lazy {
  rawHeaders: string[];
  [HEADERS]?: unknown;
  [HEADERS_COUNT]?: unknown;
}

function lazyHeaders(): [symbol, symbol] {
  const none: [symbol, symbol] = [Symbol('none'), Symbol('none')];
  try {
    const tried = new http.IncomingMessage(null as never);
    const [headers, count] = ['kHeaders', 'kHeadersCount'].map((name) => Object.getOwnPropertySymbols(tried).find(({ description }) => description === name));
    if (headers === undefined || count === undefined) return none;
    tried.rawHeaders = ['x-tried', '1', 'x-beyond', '1'];
    (tried as unknown as Record<symbol, unknown>)[count] = 2;
    const read = JSON.stringify(tried.headers);
    return read === '{"x-tried":"1"}' && (tried as unknown as Record<symbol, unknown>)[headers] === tried.headers ? [headers, count] : none;
  } catch {
    return none;
  }
}

/** True if nothing, including Node, has read the headers of a request yet; a change of the raw headers then shows in all of them. */
export function areHeadersUnread(message: object): boolean {
  return (message as Lazy)[HEADERS] === null;
}

/** The raw headers of a request without those that the parser dropped (`maxHeadersCount`), which appear in no other headers object. */
export function countedRaw(message: object, rawHeaders: string[]): string[] {
  const count = (message as Lazy)[HEADERS_COUNT];
  return typeof count === 'number' && count > 0 && count < rawHeaders.length ? rawHeaders.slice(0, count) : rawHeaders;
}

/** Adds a line to the raw headers after those that the parser counted; dropped lines stay dropped. */
export function addRaw(message: object, rawHeaders: string[], name: string, value: string): void {
  const lazy = message as Lazy;
  const count = lazy[HEADERS_COUNT];
  rawHeaders.splice(typeof count === 'number' ? count : rawHeaders.length, 0, name, value);
  if (typeof count === 'number') lazy[HEADERS_COUNT] = count + 2;
}

/** Removes a line from the raw headers and lowers the count for the headers built from them later. */
export function removeRaw(message: object, rawHeaders: string[], at: number): void {
  const lazy = message as Lazy;
  const count = lazy[HEADERS_COUNT];
  rawHeaders.splice(at, 2);
  if (typeof count === 'number' && at < count) lazy[HEADERS_COUNT] = count - 2;
}

/** Where an agent of Node 24 and later keeps the proxy from the environment (`proxyEnv`, NODE_USE_ENV_PROXY). */
export const PROXY_CONFIG = proxyConfigSymbol();

function proxyConfigSymbol(): symbol {
  const agent = new http.Agent({ proxyEnv: { HTTP_PROXY: 'http://127.0.0.1:1' } } as http.AgentOptions);
  return Object.getOwnPropertySymbols(agent).find(({ description }) => description === 'kProxyConfig') ?? Symbol('none');
}

/** The listener that Node adds to the end of a request that is answered before its end was read. An application's of the same name has another text. */
export function isClearIncoming(listener: (...args: unknown[]) => void): boolean {
  return listener.name === 'clearIncoming' && String(listener).includes('parser.incoming === req');
}

/**
 * The http2 session that is being created on a socket. Its constructor puts it there, and then calls `setNoDelay`; a stream that is
 * no socket is wrapped in one.
 */
export function sessionOn(socket: object): object | undefined {
  for (const holder of [socket, (socket as { stream?: unknown }).stream]) {
    if (holder === null || typeof holder !== 'object') continue;
    for (const key of Reflect.ownKeys(holder)) {
      const value: unknown = Object.getOwnPropertyDescriptor(holder, key)?.value;
      if (value !== null && typeof value === 'object' && typeof (value as { goaway?: unknown }).goaway === 'function') return value;
    }
  }
  return undefined;
}

/** The internals that do not work as expected on this Node, each with its fallback. */
export function fallbacks(): string[] {
  return [
    ...(serverRenders() ? [] : ['responses get the ID by writeHead']),
    ...(clientRenders() ? [] : ['requests get the ID by setHeader as they are made']),
    ...(SET_HEADERS.description === 'none' ? ['headers of a response are compared one by one'] : []),
    ...(HEADERS.description === 'none' ? ['headers of a request are read at once'] : []),
  ];
}

/** `_storeHeader(firstLine, headers)` renders every header block of http and https; it is the same on Node 20 to 26. */
interface Renderer {
  _storeHeader?: (line: string, headers: unknown) => unknown;
  _header?: unknown;
}

/** True if a response renders its header block as expected; otherwise the echo uses `writeHead`. */
export function serverRenders(): boolean {
  try {
    const response = new http.ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as http.IncomingMessage);
    response.sendDate = false; // creating the first date takes longer than the rest of this probe
    return goesThrough(response as unknown as Renderer, () => response.writeHead(204, ['a', '1']));
  } catch {
    return false;
  }
}

/** True if a client request renders its header block as expected; otherwise `setHeader` is called when the request is created. */
export function clientRenders(): boolean {
  try {
    const { prototype } = http.ClientRequest as unknown as { prototype: Renderer & { _implicitHeader?: () => void } };
    const request = Object.assign(new http.OutgoingMessage(), { method: 'GET', path: '/' }) as unknown as Renderer;
    return goesThrough(request, () => prototype._implicitHeader?.call(request));
  } catch {
    return false;
  }
}

function goesThrough(message: Renderer, render: () => void): boolean {
  const store = message._storeHeader;
  if (typeof store !== 'function') return false;
  message._storeHeader = (line, headers) => store.call(message, `${line}x-tried: 1\r\n`, headers);
  render();
  return typeof message._header === 'string' && /^[^\r\n]+\r\nx-tried: 1\r\n/.test(message._header);
}

/** True if what publishes on a channel right now is the undici of Node itself. A copy in a bundle publishes on the same channels. */
export function isPublishedByNodesUndici(): boolean {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', 50); // it can be read-only
  const frames = String(new Error().stack).split('\n');
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  const published = frames.findLastIndex((frame) => frame.includes('node:diagnostics_channel'));
  return published >= 0 && frames[published + 1]?.includes('node:internal/deps/undici/undici') === true;
}

import http from 'node:http';

/*
 * What is not documented of Node and leaned on all the same, each with the probe that says whether it is as known, and
 * with what is done where it is not. docs/internals.md is the table of them, with those of pino, undici and OpenTelemetry.
 */

/** Where Node keeps what `setHeader` was given, under names in lower case; where there is no such symbol, more is compared. */
export const SET_HEADERS = Object.getOwnPropertySymbols(new http.OutgoingMessage()).find(({ description }) => description === 'kOutHeaders') ?? Symbol('none');

/**
 * A request makes `headers` and `headersDistinct` of its raw headers when they are first read, of as many as the parser
 * counted. With that count one higher, a line that is put behind those is in all three, and nothing is made that nobody reads.
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

/** True where nobody, Node included, has read the headers of a request yet: what is changed in the raw ones is in all of them. */
export function areHeadersUnread(message: object): boolean {
  return (message as Lazy)[HEADERS] === null;
}

/** The raw headers of a request without those that the parser dropped, which are in none of its other headers (`maxHeadersCount`). */
export function countedRaw(message: object, rawHeaders: string[]): string[] {
  const count = (message as Lazy)[HEADERS_COUNT];
  return typeof count === 'number' && count > 0 && count < rawHeaders.length ? rawHeaders.slice(0, count) : rawHeaders;
}

/** Adds a line to the raw headers of a request, behind those that the parser counted; one that it dropped stays dropped. */
export function addRaw(message: object, rawHeaders: string[], name: string, value: string): void {
  const lazy = message as Lazy;
  const count = lazy[HEADERS_COUNT];
  rawHeaders.splice(typeof count === 'number' ? count : rawHeaders.length, 0, name, value);
  if (typeof count === 'number') lazy[HEADERS_COUNT] = count + 2;
}

/** Takes a line out of the raw headers; what is made of them later counts one less. */
export function removeRaw(message: object, rawHeaders: string[], at: number): void {
  const lazy = message as Lazy;
  const count = lazy[HEADERS_COUNT];
  rawHeaders.splice(at, 2);
  if (typeof count === 'number' && at < count) lazy[HEADERS_COUNT] = count - 2;
}

/** Where an agent of Node 24 and later keeps the proxy that the environment names (`proxyEnv`, NODE_USE_ENV_PROXY). */
export const PROXY_CONFIG = proxyConfigSymbol();

function proxyConfigSymbol(): symbol {
  const agent = new http.Agent({ proxyEnv: { HTTP_PROXY: 'http://127.0.0.1:1' } } as http.AgentOptions);
  return Object.getOwnPropertySymbols(agent).find(({ description }) => description === 'kProxyConfig') ?? Symbol('none');
}

/** Which of these are not as known on this Node, each with what is done instead. */
export function fallbacks(): string[] {
  return [
    ...(serverRenders() ? [] : ['responses get the ID by writeHead']),
    ...(clientRenders() ? [] : ['requests get the ID by setHeader as they are made']),
    ...(SET_HEADERS.description === 'none' ? ['headers of a response are compared one by one'] : []),
    ...(HEADERS.description === 'none' ? ['headers of a request are read at once'] : []),
  ];
}

/** `_storeHeader(firstLine, headers)` renders every header block of http and https, the same on Node 20 to 26. */
interface Renderer {
  _storeHeader?: (line: string, headers: unknown) => unknown;
  _header?: unknown;
}

/** True when a response renders its header block in the way that is needed; else `writeHead` is taken. */
export function serverRenders(): boolean {
  try {
    const response = new http.ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as http.IncomingMessage);
    response.sendDate = false; // making the first date takes longer than all else of this
    return goesThrough(response as unknown as Renderer, () => response.writeHead(204, ['a', '1']));
  } catch {
    return false;
  }
}

/** True when a client request renders its header block in the way that is needed; else `setHeader` is taken, when it is created. */
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

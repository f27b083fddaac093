import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import { parseAuthority, shared } from '@corr/propagator/internal';
import type { Target } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { fieldOf, withField } from '../node/header-block';
import type { HeaderBlock } from '../node/header-block';
import { outbound, outboundContext } from './policy';
import { patch } from '../node/patch';
import { clientRenders } from '../node/internals';

const CONTEXT = Symbol('@corr context of a client request');

type Request = http.ClientRequest & { [CONTEXT]?: Context | null };

interface Internals {
  _storeHeader(this: Request, line: string, block: HeaderBlock): unknown;
  setHeader(this: Request, name: string, value: number | string | readonly string[]): http.ClientRequest;
  removeHeader(this: Request, name: string): void;
}

/**
 * Carries the ID on every http and https request, whichever way it is made. Returns its undo.
 *
 * The context is captured when the request is created, since the header block may be rendered in another; it is
 * added when the block is rendered, when all the application's own headers are known, whatever their shape.
 */
export function carryOnClient({ rendered = clientRenders() }: { rendered?: boolean } = {}): () => void {
  const prototype = http.ClientRequest.prototype as unknown as Internals;
  const { _storeHeader: store, setHeader, removeHeader } = prototype;

  let active = true;

  const capture = (request: Request): Context | null => {
    if (request[CONTEXT] === undefined) request[CONTEXT] = (active ? outboundContext() : undefined) ?? null;
    return request[CONTEXT];
  };

  const changeHeader = (request: Request, name: string, value: string | undefined): void => {
    if (value === undefined) removeHeader.call(request, name);
    else setHeader.call(request, name, value);
  };

  /** Documented ways alone: the headers are set when the request is created, or at its first header. */
  const setEarly = (request: Request): void => {
    if (request[CONTEXT] !== undefined) return;
    const context = capture(request);
    if (context === null || request.headersSent) return;
    const own = (name: string): unknown => request.getHeader(name);
    const { add, change } = outbound(context, () => targetOf(request, own), own);
    for (const [name, value] of add) setHeader.call(request, name, value);
    for (const [name, value] of change) changeHeader(request, name, value);
  };
  const meet = rendered ? capture : setEarly;

  // Node 22 and later tell of a new request; on 20 its constructor sets Host.
  const created = (message: unknown): void => {
    try {
      meet((message as { request: Request }).request);
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  const told = Number.parseInt(process.versions.node, 10) >= 22;
  if (told) subscribe('http.client.request.created', created);
  const undo = [
    () => void (active = false),
    told
      ? () => unsubscribe('http.client.request.created', created)
      : patch(prototype, 'setHeader', (original) => function (name, value) {
          meet(this);
          return original.call(this, name, value);
        }),
  ];

  function render(this: Request, line: string, block: HeaderBlock): unknown {
    let head = line;
    let rest = block;
    try {
      [head, rest] = carried(this, line, block);
    } catch {
      // Odd headers, or a path that is no string: sent as they are.
    }
    return store.call(this, head, rest);
  }

  function carried(request: Request, line: string, block: HeaderBlock): [line: string, block: HeaderBlock] {
    const context = capture(request);
    if (context === null) return [line, block];
    let head = line;
    let rest = block;
    const own = (name: string): unknown => request.getHeader(name) ?? fieldOf(block, name);
    const { add, change } = outbound(context, () => targetOf(request, own), own);
    // Behind the request line, and so the same for every shape of `block`; no header object is made or changed.
    for (const [name, value] of add) head += `${name}: ${value}\r\n`;
    for (const [name, value] of change) {
      if (request.hasHeader(name)) changeHeader(request, name, value);
      else rest = withField(rest, name, value);
    }
    return [head, rest];
  }
  if (rendered) undo.push(patch(prototype, '_storeHeader', () => render));

  return () => undo.forEach((undoOne) => undoOne());
}

/** Where a request goes; `undefined` for what has no host (a Unix socket) and for a proxy's absolute path that is no URL. */
function targetOf(request: Request, own: (name: string) => unknown): Target | undefined {
  const { host, protocol, socketPath } = request as Request & { socketPath?: string };
  const path = String(request.path);
  if (socketPath !== undefined || typeof host !== 'string') return undefined;
  const defaultPort = protocol === 'https:' ? 443 : 80;
  // The request keeps no port; the Host header has it, which Node makes from the same options.
  const named = parseAuthority(own('host'), defaultPort);
  const bare = host.replace(/^\[|\]$/g, '');
  const connected = { host, port: named?.host.replace(/^\[|\]$/g, '') === bare ? named.port : undefined };
  if (path.startsWith('/') || !path.includes('://')) return connected;
  // Both the proxy that is connected to and the host that the path names may read the ID, so both have to match.
  if (shared.settings.mayReach?.(connected) === false) return connected;
  return URL.canParse(path) ? parseAuthority(new URL(path).host, new URL(path).protocol === 'https:' ? 443 : 80) : undefined;
}

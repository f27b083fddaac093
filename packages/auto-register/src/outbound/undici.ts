import { AsyncResource } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Duplex } from 'node:stream';
import { HOP_ENTRY, baggageMember, otelApi, patch, shared, withBaggageMember } from '@corr/propagator/internal';
import { beginCall, endCall, grpcStatusIs, headOf } from '../hops/calls';
import { bindEmitter, contextOf, runAsListener } from '../node/emitters';
import { noteAnsweredId } from '../node/answered-ids';
import { fieldOf, withField } from '../node/header-block';
import { outbound, outboundContext } from './policy';
import { routeOfDispatch, watchDispatchers } from './undici-dispatchers';

/** A request as undici publishes it. Its headers are one string up to undici 5, and a flat array since undici 6. */
interface UndiciRequest {
  origin?: string | URL;
  method?: string;
  path?: string;
  headers: string | string[];
  addHeader(name: string, value: string): unknown;
}

/** Carries the ID on every request of the global fetch and of undici 5 to 8. Returns its undo. */
export function carryOnUndici(): () => void {
  const undo: (() => void)[] = [];
  const met = new WeakSet<object>();
  const created = (message: unknown): void => {
    try {
      const { request } = message as { request: UndiciRequest };
      // Callbacks of a request run in the context in which it was created. undici would run them in that of the request that opened the connection.
      bindEmitter(request, shared.store.getStore() ?? null);
      const prototype = Object.getPrototypeOf(request) as object;
      if (!met.has(prototype)) {
        met.add(prototype);
        undo.push(...honourInCallbacks(prototype as Record<string, Callback>));
      }
      bindBody(request);
      carry(request);
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  const channels: Readonly<Record<string, (message: unknown) => void>> = {
    'undici:request:create': created,
    // A request without a recorded call costs little here: each function looks at one private field.
    'undici:request:headers': follow((request, { response }) => {
      noteAnsweredId(answeredField(response?.headers ?? [], shared.settings.field));
      headOf(request, response?.statusCode);
      if (shared.settings.hops) grpcStatusIs(request, answeredField(response?.headers ?? [], 'grpc-status'));
    }),
    'undici:request:trailers': follow((request) => endCall(request)),
    'undici:request:error': follow((request, { error }) => endCall(request, error)),
  };
  for (const [name, subscriber] of Object.entries(channels)) subscribe(name, subscriber);
  undo.push(() => {
    for (const [name, subscriber] of Object.entries(channels)) unsubscribe(name, subscriber);
  }, watchDispatchers());
  return () => {
    for (const undoOne of undo.splice(0)) undoOne();
  };
}

interface Followed { request: object; response?: { statusCode?: number; headers?: (Buffer | string)[] }; error?: unknown; args?: ArrayLike<unknown> }

function follow(tell: (request: object, message: Followed) => void): (message: unknown) => void {
  return (message) => {
    try {
      tell((message as Followed).request, message as Followed);
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
}

/** A field of an answer as undici publishes it: names and values in turn, as bytes. Few of the other names have its length and its last letter. */
function answeredField(headers: readonly (Buffer | string)[], name: string): string | undefined {
  const last = name.length - 1;
  for (let i = 0; i < headers.length; i += 2) {
    const given = headers[i];
    if (given?.length !== name.length || (typeof given !== 'string' && ((given[last] as number) | 0x20) !== (name.charCodeAt(last) | 0x20))) continue;
    if (String(given).toLowerCase() === name) return String(headers[i + 1]);
  }
  return undefined;
}

let lastOrigin: string | undefined;
let lastHost: string | undefined;

/** Mostly the one before, and parsing takes longer than all else of a call's number. */
function hostOf(origin: unknown): string | undefined {
  const text = String(origin);
  if (text !== lastOrigin) {
    lastOrigin = text;
    lastHost = URL.canParse(text) ? new URL(text).host : undefined;
  }
  return lastHost;
}

function carry(request: UndiciRequest): void {
  const context = outboundContext();
  if (context === undefined) return;
  const own = (name: string): unknown => ownField(request, name);
  const propagator = otelApi()?.propagation;
  const { add, change, call } = outbound(context, request.method === 'CONNECT' ? undefined : () => routeOfDispatch(request, own('host')), own);
  if (call !== undefined) beginCall(request, context, { call, method: request.method, host: hostOf(request.origin), url: request.path }, new AsyncResource('corr.call'));
  if (propagator !== undefined || shared.settings.relay.length > 0) keepOnce(request, propagator?.fields() ?? ['traceparent', 'tracestate', 'baggage']);
  for (const [name, value] of add) request.addHeader(name, value);
  for (const [name, value] of change) changeField(request, name, value);
}

/**
 * instrumentation-undici and tracers append their fields without checking for existing ones, before us or after us.
 * Of our field, the first value stays, which is the application's own if it set one. Of a propagator's fields, the last value stays, as
 * with http. Otherwise a proxy that copies everything would send two trace contexts, and a receiver ignores both.
 */
function keepOnce(request: UndiciRequest, propagated: readonly string[]): void {
  const { addHeader } = request;
  const { field, hops } = shared.settings;
  const theirs = propagated.map((name) => name.toLowerCase()).filter((name) => name !== field);
  for (const name of [field, ...theirs]) {
    const given = ownField(request, name);
    if (Array.isArray(given)) changeField(request, name, String(name === field ? given[0] : given.at(-1)));
  }
  request.addHeader = (name, value) => {
    const key = String(name).toLowerCase();
    const given = key === field || theirs.includes(key) ? ownField(request, key) : undefined;
    if (given === undefined) return addHeader.call(request, name, value);
    if (key === 'baggage') {
      // With leak control, our member was withheld from the propagator, so it is here only if the target may have it. Only we write
      // the hop, because a propagator writes into its own object and does not see that the request has another ID.
      const id = baggageMember(given);
      changeField(request, key, id === undefined ? value : withBaggageMember(value, id, baggageMember(given, HOP_ENTRY) ?? (hops ? null : undefined)));
    } else if (key !== field) changeField(request, key, value);
    return request;
  };
}

/** The header lines of a request as name, value, name, value. Up to undici 5 they are one text. */
function linesOf({ headers }: UndiciRequest): string[] {
  if (typeof headers !== 'string') return headers;
  return headers.split('\r\n').filter((line) => line !== '').flatMap((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
}

/** A field as undici keeps it. It keeps `host` apart from the lines. */
function ownField(request: UndiciRequest & { host?: unknown }, name: string): unknown {
  return fieldOf(linesOf(request), name) ?? (name === 'host' ? (request.host ?? undefined) : undefined);
}

function changeField(request: UndiciRequest, name: string, value: string | undefined): void {
  const lines = withField(linesOf(request), name, value) as string[];
  if (typeof request.headers !== 'string') request.headers = lines;
  else request.headers = lines.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
}

type Callback = (this: object, ...args: unknown[]) => unknown;
interface Body { on?: unknown; read?: Callback; [Symbol.asyncIterator]?: () => Iterator }
type Iterator = Partial<Record<'next' | 'return' | 'throw', Callback>>;

/**
 * A body that is read piece by piece is read in the context of its request. undici would read it in that of the request that opened or freed
 * the connection.
 */
function bindBody(request: UndiciRequest & { body?: unknown }): void {
  if (request.body === null || typeof request.body !== 'object' || contextOf(request.body) !== undefined) return;
  const body = request.body as Body;
  const bound = (method: Callback, self: object): Callback => function () { return runAsListener(request, method, self, arguments); };
  const { on, read, [Symbol.asyncIterator]: iterate } = body;
  const own = (name: PropertyKey, value: unknown): unknown => Object.defineProperty(body, name, { value, writable: true, configurable: true });
  if (typeof on === 'function' && typeof read === 'function') own('read', bound(read, body));
  else if (typeof iterate === 'function') {
    own(Symbol.asyncIterator, () => {
      const iterator = iterate.call(body);
      const methods = (['next', 'return', 'throw'] as const).flatMap((name) => (typeof iterator[name] === 'function' ? [[name, bound(iterator[name], iterator)]] : []));
      return { ...Object.fromEntries(methods), [Symbol.asyncIterator]() { return this; } } as object;
    });
  }
}

function honourInCallbacks(prototype: Record<string, Callback>): (() => void)[] {
  const names = Object.getOwnPropertyNames(prototype).filter((name) => /^on[A-Z]/.test(name) && typeof prototype[name] === 'function');
  return names.map((name) => {
    const isUpgrade = /upgrade$/i.test(name); // no channel reports it
    return patch(prototype, name, (original) => function () {
      if (isUpgrade) upgraded({ request: this, args: arguments });
      return runAsListener(this, original as Callback, this, arguments);
    });
  });
}

const upgraded = follow((request, { args = [] }) => {
  headOf(request, 101);
  endCall(request);
  // Another request may have opened the connection.
  const context = contextOf(request);
  if (context !== undefined) for (const arg of Array.from(args)) if (arg instanceof Duplex) bindEmitter(arg, context);
});

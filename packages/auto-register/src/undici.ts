import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onModuleLoad } from '@corr/log-bridge/internal';
import { bindCorrelationId } from '@corr/propagator';
import { baggageMember, otelApi, parseAuthority, shared, withBaggageMember } from '@corr/propagator/internal';
import type { Target } from '@corr/propagator/internal';
import { fieldOf, withField } from './header-block';
import { outbound, outboundContext } from './outbound';

/** A request as undici publishes it: with its headers in one string up to undici 5, in a flat array from 6 on. */
interface UndiciRequest {
  origin?: string | URL;
  headers: string | string[];
  addHeader(name: string, value: string): unknown;
}

type Dispatch = (this: object, options: unknown, handler: unknown) => unknown;

/** Carries the ID on every request of the global fetch and of undici 5 to 8. Returns its undo. */
export function carryOnUndici(): () => void {
  const created = (message: unknown): void => {
    try {
      carry((message as { request: UndiciRequest }).request);
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  subscribe('undici:request:create', created);
  const release = holdContextInPools();
  return () => {
    unsubscribe('undici:request:create', created);
    release();
  };
}

function carry(request: UndiciRequest): void {
  const context = outboundContext();
  if (context === undefined) return;
  const own = (name: string): unknown => ownField(request, name);
  const propagator = otelApi()?.propagation;
  if (propagator !== undefined) keepOnce(request, shared.settings.field, propagator.fields());
  const { add, change } = outbound(context, () => targetOf(request), own);
  for (const [name, value] of add) request.addHeader(name, value);
  for (const [name, value] of change) changeField(request, name, value);
}

/**
 * instrumentation-undici appends what it injects without looking, before us or after us. Of our field the first one
 * stays, which is the application's own where it set one; of a propagator's fields the last one, as with http, since a
 * proxy that copies all it received would else send two trace contexts, which are none to whoever gets them.
 */
function keepOnce(request: UndiciRequest, field: string, propagated: readonly string[]): void {
  const { addHeader, headers } = request;
  const theirs = propagated.map((name) => name.toLowerCase()).filter((name) => name !== field);
  if (Array.isArray(headers)) {
    const first = headers.findIndex((text, i) => i % 2 === 0 && isName(text, field));
    for (let i = headers.length - 2; i > first && first !== -1; i -= 2) if (isName(headers[i], field)) headers.splice(i, 2);
    for (const name of theirs) {
      let seen = false;
      for (let i = headers.length - 2; i >= 0; i -= 2) {
        if (!isName(headers[i], name)) continue;
        if (seen) headers.splice(i, 2);
        seen = true;
      }
    }
  }
  request.addHeader = (name, value) => {
    const key = String(name).toLowerCase();
    const given = key === field || theirs.includes(key) ? ownField(request, key) : undefined;
    if (given === undefined) return addHeader.call(request, name, value);
    if (key === 'baggage') {
      // Under leak control our member was withheld from the propagator, and is there for a target that may have it.
      const id = baggageMember(given);
      changeField(request, key, id === undefined ? value : withBaggageMember(value, id));
    } else if (key !== field) changeField(request, key, value);
    return request;
  };
}

function isName(text: unknown, field: string): boolean {
  return typeof text === 'string' && text.toLowerCase() === field;
}

function ownField({ headers }: UndiciRequest, name: string): unknown {
  if (typeof headers !== 'string') return fieldOf(headers, name);
  return new RegExp(`(?:^|\\r\\n)${name}: *([^\\r]*)`, 'i').exec(headers)?.[1];
}

function changeField(request: UndiciRequest, name: string, value: string | undefined): void {
  if (typeof request.headers !== 'string') {
    request.headers = withField(request.headers, name, value) as string[];
    return;
  }
  const line = new RegExp(`(^|\\r\\n)${name}:[^\\r]*\\r\\n`, 'i');
  request.headers = request.headers.replace(line, (_, before: string) => (value === undefined ? before : `${before}${name}: ${value}\r\n`));
}

function targetOf({ origin }: UndiciRequest): Target | undefined {
  if (origin === undefined || !URL.canParse(String(origin))) return undefined;
  const { host, protocol } = new URL(origin);
  return parseAuthority(host, protocol === 'https:' ? 443 : 80);
}

/**
 * A pool of undici up to 7 with limited connections creates a queued request in the context of whichever request
 * freed the connection, and so with that one's ID. Here the context of the caller is held with the options of the call.
 */
function holdContextInPools(): () => void {
  const undo: (() => void)[] = [];
  const stopWatching = onModuleLoad((filename, { exports }) => {
    if (!filename.endsWith('dispatcher-base.js') || typeof exports !== 'function') return;
    const prototype = exports.prototype as { dispatch?: Dispatch };
    const { dispatch } = prototype;
    if (!Object.hasOwn(prototype, 'dispatch') || dispatch === undefined) return;
    const held = new WeakMap<object, Dispatch>();
    const holding: Dispatch = function (options, handler) {
      if (options === null || typeof options !== 'object') return dispatch.call(this, options, handler);
      const bound = held.get(options);
      if (bound !== undefined) return bound.call(this, options, handler);
      if (!queues(this)) return dispatch.call(this, options, handler);
      const copy = { ...options };
      held.set(copy, bindCorrelationId(dispatch));
      return dispatch.call(this, copy, handler);
    };
    prototype.dispatch = holding;
    undo.push(() => {
      if (prototype.dispatch === holding) prototype.dispatch = dispatch;
    });
  });
  return () => {
    stopWatching();
    for (const undoOne of undo) undoOne();
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

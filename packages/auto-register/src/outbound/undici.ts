import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onModuleLoad } from '@corr/log-bridge/internal';
import { bindCorrelationId } from '@corr/propagator';
import { baggageMember, otelApi, parseAuthority, restore, shared, withBaggageMember } from '@corr/propagator/internal';
import type { Target } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { fieldOf, withField } from '../node/header-block';
import { outbound, outboundContext } from './policy';
import { patch } from '../node/patch';
import { CONTEXT } from '../node/emitters';

/** A request as undici publishes it: with its headers in one string up to undici 5, in a flat array from 6 on. */
interface UndiciRequest {
  origin?: string | URL;
  headers: string | string[];
  addHeader(name: string, value: string): unknown;
}

type Dispatch = (this: object, options: unknown, handler: unknown) => unknown;

/** Carries the ID on every request of the global fetch and of undici 5 to 8. Returns its undo. */
export function carryOnUndici(): () => void {
  const undo: (() => void)[] = [];
  const created = (message: unknown): void => {
    try {
      restoreInCallbacks((message as { request: UndiciRequest }).request, undo);
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
    for (const undoOne of undo.splice(0)) undoOne();
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
  const { addHeader } = request;
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
      // Under leak control our member was withheld from the propagator, and is there for a target that may have it.
      const id = baggageMember(given);
      changeField(request, key, id === undefined ? value : withBaggageMember(value, id));
    } else if (key !== field) changeField(request, key, value);
    return request;
  };
}

/** The lines of a request as name, value, name, value; up to undici 5 they are one text. */
function linesOf({ headers }: UndiciRequest): string[] {
  if (typeof headers !== 'string') return headers;
  return headers.split('\r\n').filter((line) => line !== '').flatMap((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
}

function ownField(request: UndiciRequest, name: string): unknown {
  return fieldOf(linesOf(request), name);
}

function changeField(request: UndiciRequest, name: string, value: string | undefined): void {
  const lines = withField(linesOf(request), name, value) as string[];
  if (typeof request.headers !== 'string') request.headers = lines;
  else request.headers = lines.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
}

const met = new WeakSet<object>();
type Callback = (this: { [CONTEXT]?: Context | null }, ...args: unknown[]) => unknown;

/**
 * What undici tells a request, and so the listeners of its body, runs in the context that the request was made in: a
 * connection tells it in that of the request that opened it.
 */
function restoreInCallbacks(request: UndiciRequest & { [CONTEXT]?: Context | null }, undo: (() => void)[]): void {
  request[CONTEXT] = shared.store.getStore() ?? null;
  const prototype = Object.getPrototypeOf(request) as Record<string, Callback>;
  if (met.has(prototype)) return;
  met.add(prototype);
  undo.push(() => void met.delete(prototype));
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (!/^on[A-Z]/.test(name) || typeof prototype[name] !== 'function') continue;
    undo.push(
      patch(prototype, name, (original) => function () {
        const caller = this[CONTEXT];
        return caller === undefined ? Reflect.apply(original as Callback, this, arguments) : restore(caller ?? undefined, original as Callback, this, arguments);
      }),
    );
  }
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
    undo.push(patch(prototype as { dispatch: Dispatch }, 'dispatch', () => holding));
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

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http = require('node:http');
import { patch, shared } from '@corr/propagator/internal';
import type { Route } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { beginCall, callOf, closeCall, endCall, followAnswer, grpcStatusIs, headOf } from '../hops/calls';
import { Elsewhere, bindEmitter, honourContexts } from '../node/emitters';
import { noteAnsweredId } from '../node/answered-ids';
import { fieldOf, receivedField, withField } from '../node/header-block';
import type { HeaderBlock } from '../node/header-block';
import { SET_HEADERS, clientRenders } from '../node/internals';
import { keepConnectionOptions, optionsOf } from './connection-options';
import { outbound, outboundContext } from './policy';
import type { Outbound } from './policy';
import { routeOfRequest } from './route';

/** What a request carries. This is decided when it is created, because its headers may be rendered in another context. */
class Outgoing extends Elsewhere {
  #context: Context | undefined;

  private constructor(request: object, context: Context | undefined) {
    super(request);
    this.#context = context;
  }

  /** The context in which a request was created; for a new request, the current one. */
  static contextOf(request: object): Context | undefined {
    if (#context in request) return request.#context;
    const context = outboundContext();
    new Outgoing(request, context);
    bindEmitter(request, shared.store.getStore() ?? null);
    return context;
  }
}

interface Internals {
  _storeHeader(this: http.ClientRequest & { [SET_HEADERS]?: HeaderBlock }, line: string, block: HeaderBlock): unknown;
  setHeader(this: http.ClientRequest, name: string, value: number | string | readonly string[]): http.ClientRequest;
  removeHeader(this: http.ClientRequest, name: string): void;
  onSocket(this: http.ClientRequest, ...args: unknown[]): unknown;
}
interface AgentInternals {
  addRequest(this: http.Agent, request: http.ClientRequest, options: unknown, ...rest: unknown[]): unknown;
}

/**
 * Carries the ID on every http and https request, however it is created, and runs its listeners in the context in which it was
 * created. Returns its undo.
 *
 * The fields are added when the header block is rendered. By then all of the application's own are known, in any shape.
 */
export function carryOnClients({ rendered = clientRenders() }: { rendered?: boolean } = {}): () => void {
  const prototype = http.ClientRequest.prototype as unknown as Internals;
  const { setHeader, removeHeader } = prototype;

  const changeHeader = (request: http.ClientRequest, name: string, value: string | undefined): void => {
    if (value === undefined) removeHeader.call(request, name);
    else setHeader.call(request, name, value);
  };

  const given = new WeakSet<http.ClientRequest>();
  /**
   * Uses documented methods only: sets the headers when the request is created or, on Node 20, at its first header. If the request may
   * not carry the ID, that is decided again at each later header, since they are the application's own.
   */
  const setEarly = (request: http.ClientRequest): void => {
    const context = Outgoing.contextOf(request);
    if (context === undefined || given.has(request) || request.headersSent) return;
    const { add, change } = sent(request, context, (name) => request.getHeader(name));
    if (add.length > 0) given.add(request);
    for (const [name, value] of add) setHeader.call(request, name, value);
    for (const [name, value] of change) changeHeader(request, name, value);
  };
  const meet = rendered ? (request: http.ClientRequest) => void Outgoing.contextOf(request) : setEarly;

  const undo = [meetNew(meet), honourContexts(prototype, { before: { response: follow, upgrade: follow, connect: follow, error: follow, close: follow } }), keepConnectionOptions(meet)];
  if (rendered) {
    undo.push(
      patch(prototype, '_storeHeader', (store) => function (line, block) {
        let head = line;
        let rest = block;
        try {
          const context = Outgoing.contextOf(this);
          if (context !== undefined) {
            // Usually the block is exactly what `setHeader` was given.
            const isSet = block === this[SET_HEADERS];
            const { add, change } = sent(this, context, (name) => (this.hasHeader(name) ? (this.getHeader(name) ?? 'null') : isSet ? undefined : fieldOf(block, name)));
            // Added after the request line, which works for every shape of `block`. No header object is created or changed.
            for (const [name, value] of add) head += name + ': ' + value + '\r\n';
            for (const [name, value] of change) {
              if (this.hasHeader(name)) changeHeader(this, name, value);
              else rest = withField(rest, name, value);
            }
          }
        } catch {
          // Invalid headers, or a path that is not a string: they are sent unchanged.
        }
        return store.call(this, head, rest);
      }),
    );
  }
  return () => undo.forEach((undoOne) => undoOne());
}

function sent(request: http.ClientRequest, context: Context, own: (name: string) => unknown): Outbound {
  // A CONNECT opens a tunnel, and the requests in it have their own headers.
  const route = request.method === 'CONNECT' ? undefined : (): Route => routeOfRequest(request as never, optionsOf(request), own);
  const result = outbound(context, route, own, callOf(request));
  const { method, path, host } = request;
  if (result.call !== undefined) beginCall(request, context, { call: result.call, method, host: hostOf(host, own('host')), url: path });
  return result;
}

/** The host that a request is for. Its Host field has the port too, but a gateway may have passed on that of its own request. */
function hostOf(host: string, field: unknown): string {
  if (field === undefined || field === host) return host;
  const named = String(field);
  const end = named.startsWith(host) ? named[host.length] : undefined;
  return end === ':' || named.startsWith(`[${host}]`) ? named : host;
}

/** Follows a call by the events of its request. An answer ends with its body; 'close' is the last event. */
function follow(request: object, event: string | symbol, args: ArrayLike<unknown>): void {
  switch (event) {
    case 'response':
      noteAnsweredId(receivedField((args[1] as http.IncomingMessage).rawHeaders, shared.settings.field));
      headOf(request, (args[1] as http.IncomingMessage).statusCode);
      if (shared.settings.hops) grpcStatusIs(request, receivedField((args[1] as http.IncomingMessage).rawHeaders, 'grpc-status'));
      return followAnswer(request, args[1] as http.IncomingMessage);
    case 'upgrade':
    case 'connect':
      noteAnsweredId(receivedField((args[1] as http.IncomingMessage).rawHeaders, shared.settings.field));
      headOf(request, (args[1] as http.IncomingMessage).statusCode);
      return endCall(request);
    case 'error':
      return endCall(request, args[1]);
    case 'close': {
      const { res } = request as { res?: http.IncomingMessage | null };
      return closeCall(request, res?.complete === true, () => res?.errored ?? ABORTED);
    }
  }
}

const ABORTED = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });

/** Calls `meet` for each new request. Node 22 and later publish it. On 20, the constructor calls at least one of three methods that we patch. */
function meetNew(meet: (request: http.ClientRequest) => void): () => void {
  const created = (message: unknown): void => {
    try {
      meet((message as { request: http.ClientRequest }).request);
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  if (Number.parseInt(process.versions.node, 10) >= 22) {
    subscribe('http.client.request.created', created);
    return () => void unsubscribe('http.client.request.created', created);
  }
  const prototype = http.ClientRequest.prototype as unknown as Internals;
  const undo = [
    patch(prototype, 'setHeader', (original) => function (name, value) {
      created({ request: this });
      return original.call(this, name, value);
    }),
    patch(prototype, 'onSocket', (original) => function () {
      created({ request: this });
      return Reflect.apply(original, this, arguments);
    }),
    patch(http.Agent.prototype as unknown as AgentInternals, 'addRequest', (original) => function (request) {
      created({ request });
      return Reflect.apply(original, this, arguments);
    }),
  ];
  return () => undo.forEach((undoOne) => undoOne());
}

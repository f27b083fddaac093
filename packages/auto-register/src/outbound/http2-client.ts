import { AsyncResource } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import net = require('node:net');
import { patch, shared } from '@corr/propagator/internal';
import type { Route } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { answerEnds, beginCall, closeCall, endCall, grpcStatusIs, headOf } from '../hops/calls';
import { bindEmitter, contextOf, honourContexts } from '../node/emitters';
import { noteAnsweredId } from '../node/answered-ids';
import { fieldOf, withField, withFields } from '../node/header-block';
import type { HeaderBlock } from '../node/header-block';
import { sessionOn } from '../node/internals';
import { outbound, outboundContext, whenLeaksAreControlled } from './policy';
import type { Outbound } from './policy';
import { routeOfSession, routeOfStream, targetOfUrl } from './route';

type Connect = (this: unknown, authority: string | URL, options?: unknown, ...rest: unknown[]) => http2.ClientHttp2Session;
type Request = (this: object, headers?: HeaderBlock, ...rest: unknown[]) => unknown;
interface Session { route: Route; defaultPort: number | undefined }
interface Carried { context: Context; call: NonNullable<Outbound['call']> }

/** Reports each client stream after its headers are rendered, on Node 24 and later and the newest 22. */
const CREATED = 'http2.client.stream.created';

/**
 * Carries the ID on every http2 client request. Returns its undo.
 *
 * A session is shared by requests, so its events run outside all of them. A client may queue requests until such an event and send
 * them then: they have their caller's ID if the client is known (queues/table.ts), else none.
 *
 * Most processes do not use http2, and loading it makes a start slower. An ES module can import it without anybody noticing, so we do
 * not wait for the module but for the first session: its constructor calls `setNoDelay` of its socket, whoever called which `connect`. Node does not export the class, so its prototype is taken from that session.
 */
export function carryOnHttp2(): () => void {
  const sessions = new WeakMap<object, Session>();
  const met = new WeakSet<object>();
  const undo: (() => void)[] = [];

  const meet = (session: object): void => {
    const prototype = holderOf(session, 'request') as { request: Request } | null;
    if (prototype === null) return; // a server's session
    bindEmitter(session, null);
    if (met.has(prototype)) return;
    met.add(prototype);
    undo.push(
      honourContexts(prototype, { before: { stream: pushed } }),
      patch(prototype, 'request', (request) => function (headers, ...rest) {
        let block = headers;
        let carrying: Carried | undefined;
        try {
          if (contextOf(this) === undefined) bindEmitter(this, null);
          if (headers !== null && !isUndicis(this)) [block, carrying] = carried(headers, sessions.get(this));
        } catch {
          // Unexpected headers: send them unchanged.
        }
        const stream = Reflect.apply(request, this, arguments.length === 0 && block === undefined ? [] : [block, ...rest]);
        if (stream !== null && typeof stream === 'object') {
          // Node calls some of its listeners in the context in which the session was opened.
          bindEmitter(stream, shared.store.getStore() ?? null);
          if (carrying !== undefined) begin(stream, carrying);
          if (!met.has(Object.getPrototypeOf(stream) as object)) {
            met.add(Object.getPrototypeOf(stream) as object);
            undo.push(honourContexts(Object.getPrototypeOf(stream) as object, { before: { response: follow, trailers: follow, error: follow, close: follow } }), noticeEnds(Object.getPrototypeOf(stream) as Pushing));
          }
        }
        return stream;
      }),
    );
  };

  const created = (message: unknown): void => {
    try {
      unsubscribe(CREATED, created);
      meet((message as { stream: { session: object } }).stream.session);
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  // Of a session that does not call `setNoDelay`, if a later Node has such: the first request of all carries no ID, the others do.
  subscribe(CREATED, created);

  undo.push(
    () => unsubscribe(CREATED, created),
    patch(net.Socket.prototype as { setNoDelay(this: net.Socket): unknown }, 'setNoDelay', (setNoDelay) => function () {
      try {
        const session = sessionOn(this);
        if (session !== undefined) meet(session);
      } catch {
        // A socket that does not want to be looked at, such as a Proxy.
      }
      return Reflect.apply(setNoDelay, this, arguments);
    }),
    whenLeaksAreControlled(() => undo.push(noteRoutes(sessions))),
  );
  return () => {
    for (const undoOne of undo.reverse()) undoOne();
  };
}

/** The prototype that has a method as its own; `null` if none has it. */
function holderOf(object: object, method: string): object | null {
  let at: object | null = object;
  while (at !== null && !Object.hasOwn(at, method)) at = Object.getPrototypeOf(at) as object | null;
  return at;
}

/**
 * Notes the route of each session. Only the arguments of `connect` tell it, so http2 is loaded ahead of its use. One that was opened before has
 * no known route, and no ID.
 */
function noteRoutes(sessions: WeakMap<object, Session>): () => void {
  const http2 = require('node:http2') as { connect: Connect };
  const undo = patch(http2, 'connect', (connect) => function (authority, options) {
    const session = Reflect.apply(connect, this, arguments as unknown as Parameters<Connect>);
    sessions.set(session, { route: routeOfSession(authority, typeof options === 'function' ? undefined : options), defaultPort: targetOfUrl(authority)?.port });
    return session;
  });
  syncBuiltinESMExports();
  return () => {
    undo();
    syncBuiltinESMExports();
  };
}

/** Notes that a call goes out. Node has added what the application left out of its headers. */
function begin(stream: object, { context, call }: Carried): void {
  const { sentHeaders } = stream as http2.ClientHttp2Stream;
  const own = (name: string): string | undefined => textOf(fieldOf(sentHeaders, name));
  const host = own(':authority') ?? own('host');
  beginCall(stream, context, { call, method: own(':method'), host: own(':scheme') === 'https' ? host?.replace(/:443$/, '') : host?.replace(/:80$/, ''), url: own(':path') }, new AsyncResource('corr.call'));
}

/** The flag of a frame that is the last one. */
const END_STREAM = 1;

/** Follows the outcome of a call through its stream's events; 'close' is the last one. */
function follow(stream: object, event: string | symbol, args: ArrayLike<unknown>): void {
  if (event === 'response') {
    const headers = args[1] as http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader;
    noteAnsweredId(headers[shared.settings.field]);
    headOf(stream, headers[':status']);
  }
  if (event === 'response' || event === 'trailers') {
    grpcStatusIs(stream, (args[1] as http2.IncomingHttpHeaders)['grpc-status']);
    // With these, the answer is whole. Some clients of gRPC then cancel the stream.
    if (((args[2] as number) & END_STREAM) !== 0) answerEnds(stream, true);
  }
  if (event === 'error') endCall(stream, args[1]);
  if (event === 'close') {
    const { rstCode = 0 } = stream as http2.ClientHttp2Stream;
    // NO_ERROR and CANCEL say that somebody has no more need of the answer.
    const how = rstCode === 0 || rstCode === 8 ? 'aborted, stream closed' : 'stream closed';
    closeCall(stream, rstCode === 0, () => Object.assign(new Error(`${how} with code ${rstCode}`), { code: 'ERR_HTTP2_STREAM_ERROR' }));
  }
}

/** Node does not say with which request's answer a stream is pushed. */
function pushed(_session: object, _event: string | symbol, args: ArrayLike<unknown>): void {
  bindEmitter(args[1] as object, null);
}

interface Pushing { push(this: http2.ClientHttp2Stream, chunk: unknown): unknown }

/** Notices the end of each body. Node ends one that was cut off as if it were whole, but only when the stream is closed already. */
function noticeEnds(prototype: Pushing): () => void {
  return patch(prototype, 'push', (push) => function (chunk) {
    if (chunk === null) answerEnds(this, !this.closed);
    return Reflect.apply(push, this, arguments);
  });
}

function carried(headers: HeaderBlock, session: Session | undefined): [HeaderBlock, Carried?] {
  const context = outboundContext();
  if (context === undefined) return [headers];
  const own = (name: string): unknown => fieldOf(headers, name);
  const route = own(':method') === 'CONNECT' ? undefined : (): Route => routeOfStream(session?.route ?? { connection: undefined, others: [] }, own, session?.defaultPort);
  const { add, change, call } = outbound(context, route, own);
  let block = headers;
  for (const [name, value] of change) block = withField(block, name, value);
  block = withFields(block, add);
  return call === undefined ? [block] : [block, { context, call }];
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

const undicis = new WeakMap<object, boolean>();

/** True for a session of undici, which decides on requests when they are created, in their caller's context. */
function isUndicis(session: object): boolean {
  let known = undicis.get(session);
  if (known === undefined) {
    known = Object.getOwnPropertySymbols(session).some(({ description }) => description === 'client');
    undicis.set(session, known);
  }
  return known;
}

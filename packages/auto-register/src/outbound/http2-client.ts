import http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import { patch, shared } from '@corr/propagator/internal';
import type { Route } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { beginCall, closeCall, endCall, headOf } from '../hops/calls';
import type { Sent } from '../hops/calls';
import { bindEmitter, honourContexts } from '../node/emitters';
import { noteAnsweredId } from '../node/answered-ids';
import { fieldOf, withField, withFields } from '../node/header-block';
import type { HeaderBlock } from '../node/header-block';
import { outbound, outboundContext } from './policy';
import { routeOfSession, routeOfStream, targetOfUrl } from './route';

type Connect = (this: unknown, authority: string | URL, options?: unknown, ...rest: unknown[]) => http2.ClientHttp2Session;
type Request = (this: object, headers?: HeaderBlock, ...rest: unknown[]) => unknown;
interface Session { route: Route; defaultPort: number | undefined; authority: string | undefined }

/**
 * Carries the ID on every http2 client request. Returns its undo.
 *
 * A session is shared by requests, so its events run outside all of them. A client may queue requests until such an event and send
 * them then: they have their caller's ID if the client is known (queues/table.ts), else none. Node does not export the session
 * class: its prototype is taken from the first session that `connect` returns.
 */
export function carryOnHttp2(): () => void {
  const sessions = new WeakMap<object, Session>();
  const met = new WeakSet<object>();
  const undo: (() => void)[] = [];

  const meet = (session: object): void => {
    let prototype = Object.getPrototypeOf(session) as { request?: Request } | null;
    while (prototype !== null && !Object.hasOwn(prototype, 'request')) prototype = Object.getPrototypeOf(prototype) as { request?: Request } | null;
    if (prototype === null || met.has(prototype)) return; // not a session of Node
    met.add(prototype);
    undo.push(
      honourContexts(prototype),
      patch(prototype as { request: Request }, 'request', (request) => function (headers, ...rest) {
        const session = sessions.get(this);
        let block = headers;
        let call: (Sent & { context: Context }) | undefined;
        try {
          if (headers !== null && !isUndicis(this)) [block, call] = carried(headers, session);
        } catch {
          // Unexpected headers: send them unchanged.
        }
        const stream = Reflect.apply(request, this, arguments.length === 0 && block === undefined ? [] : [block, ...rest]);
        if (stream !== null && typeof stream === 'object') {
          // Node calls some of its listeners in the context in which the session was opened.
          bindEmitter(stream, shared.store.getStore() ?? null);
          if (call !== undefined) beginCall(stream, call.context, call);
          if (!met.has(Object.getPrototypeOf(stream) as object)) {
            met.add(Object.getPrototypeOf(stream) as object);
            undo.push(honourContexts(Object.getPrototypeOf(stream) as object, { before: follow }));
          }
        }
        return stream;
      }),
    );
  };

  undo.push(
    patch(http2 as unknown as { connect: Connect }, 'connect', (connect) => function (authority, options) {
      const session = Reflect.apply(connect, this, arguments as unknown as Parameters<Connect>);
      sessions.set(session, { route: routeOfSession(authority, typeof options === 'function' ? undefined : options), defaultPort: targetOfUrl(authority)?.port, authority: URL.canParse(String(authority)) ? new URL(String(authority)).host : undefined });
      bindEmitter(session, null);
      meet(session);
      return session;
    }),
  );
  syncBuiltinESMExports();

  return () => {
    for (const undoOne of undo.reverse()) undoOne();
    syncBuiltinESMExports();
  };
}

/** Follows the outcome of a call through its stream's events; 'close' is the last one. */
function follow(stream: object, event: string | symbol, args: ArrayLike<unknown>): void {
  if (event === 'response') {
    const headers = args[1] as http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader;
    noteAnsweredId(stream, headers[shared.settings.field]);
    headOf(stream, headers[':status']);
  }
  if (event === 'error') endCall(stream, args[1]);
  if (event === 'close') {
    const { rstCode = 0 } = stream as http2.ClientHttp2Stream;
    closeCall(stream, rstCode === 0, () => Object.assign(new Error(`stream closed with code ${rstCode}`), { code: 'ERR_HTTP2_STREAM_ERROR' }));
  }
}

function carried(headers: HeaderBlock, session: Session | undefined): [HeaderBlock, (Sent & { context: Context })?] {
  const context = outboundContext();
  if (context === undefined) return [headers];
  const own = (name: string): unknown => fieldOf(headers, name);
  const route = own(':method') === 'CONNECT' ? undefined : (): Route => routeOfStream(session?.route ?? { connection: undefined, others: [] }, own, session?.defaultPort);
  const { add, change, call } = outbound(context, route, own);
  let block = headers;
  for (const [name, value] of change) block = withField(block, name, value);
  block = withFields(block, add);
  if (call === undefined) return [block];
  const authority = own(':authority') ?? own('host') ?? session?.authority;
  return [block, { context, call, method: textOf(own(':method')), host: textOf(authority), url: textOf(own(':path')) }];
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

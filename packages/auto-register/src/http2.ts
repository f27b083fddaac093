import type { EventEmitter } from 'node:events';
import http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import { enter, parseAuthority, shared } from '@corr/propagator/internal';
import type { Target } from '@corr/propagator/internal';
import { fieldOf, withField, withFields } from './header-block';
import type { HeaderBlock } from './header-block';
import { outbound, outboundContext } from './outbound';
import { patch } from './patch';

type Request = (this: object, headers?: HeaderBlock, ...rest: unknown[]) => unknown;

/**
 * Carries the ID on every http2 client request. Returns its undo.
 *
 * A session's class is not exported: its prototype is met through the first session that `connect` makes.
 */
export function carryOnHttp2(): () => void {
  const { connect } = http2;
  const targets = new WeakMap<object, Target | undefined>();
  const undo: (() => void)[] = [];

  const meet = (session: object): void => {
    if (undo.length > 0) return;
    let prototype = Object.getPrototypeOf(session) as { request?: Request } | null;
    while (prototype !== null && !Object.hasOwn(prototype, 'request')) prototype = Object.getPrototypeOf(prototype) as { request?: Request } | null;
    if (prototype === null) return; // no session of Node's
    undo.push(patch(prototype as { request: Request }, 'request', (request) => function (headers, ...rest) {
      let block = headers;
      try {
        block = carried(headers, targets.get(this));
      } catch {
        // Odd headers: sent as they are.
      }
      const stream = request.call(this, block, ...rest);
      if (stream !== null && typeof stream === 'object') restoreIn(stream as EventEmitter);
      return stream;
    }));
  };

  const connecting = function (this: unknown, authority: string | URL, ...rest: unknown[]): http2.ClientHttp2Session {
    const session = Reflect.apply(connect as (...args: unknown[]) => http2.ClientHttp2Session, this, [authority, ...rest]);
    targets.set(session, authorityOf(authority));
    meet(session);
    return session;
  };
  http2.connect = Object.defineProperties(connecting, Object.getOwnPropertyDescriptors(connect)) as typeof connect;
  syncBuiltinESMExports();

  return () => {
    if ((http2.connect as unknown) === connecting) {
      http2.connect = connect;
      syncBuiltinESMExports();
    }
    for (const undoOne of undo) undoOne();
  };
}

/** A stream's listeners run in the context that it was requested in; Node calls some in that of whoever opened the session. */
function restoreIn(stream: EventEmitter): void {
  const stored = shared.store.getStore();
  const { emit } = stream;
  stream.emit = function (this: EventEmitter) {
    return shared.store.getStore() === stored ? Reflect.apply(emit, this, arguments) : enter(stored, emit, this, arguments);
  } as typeof emit;
}

function carried(headers: HeaderBlock, session: Target | undefined): HeaderBlock {
  const context = outboundContext();
  if (context === undefined) return headers;
  const own = (name: string): unknown => fieldOf(headers, name);
  // Both whoever the session is connected to and whoever the request names may read the ID, so both have to match.
  const target = (): Target | undefined => {
    if (session !== undefined && shared.settings.mayReach?.(session) === false) return session;
    return parseAuthority(own(':authority') ?? own('host'), session?.port) ?? session;
  };
  const { add, change } = outbound(context, target, own);
  let block = headers;
  for (const [name, value] of change) block = withField(block, name, value);
  return withFields(block, add);
}

function authorityOf(authority: unknown): Target | undefined {
  try {
    const { host, protocol } = new URL(authority as string | URL);
    return parseAuthority(host, protocol === 'http:' ? 80 : 443);
  } catch {
    return undefined;
  }
}

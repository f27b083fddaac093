import http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import { parseAuthority, shared } from '@corr/propagator/internal';
import type { Target } from '@corr/propagator/internal';
import { fieldOf, withField, withFields } from '../node/header-block';
import type { HeaderBlock } from '../node/header-block';
import { outbound, outboundContext } from './policy';
import { patch } from '../node/patch';
import { CONTEXT, restoreOn } from '../node/emitters';
import type { Emitter } from '../node/emitters';

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
  let active = true;

  const meet = (session: object): void => {
    if (undo.length > 0 || !active) return;
    let prototype = Object.getPrototypeOf(session) as { request?: Request } | null;
    while (prototype !== null && !Object.hasOwn(prototype, 'request')) prototype = Object.getPrototypeOf(prototype) as { request?: Request } | null;
    if (prototype === null) return; // no session of Node's
    undo.push(patch(prototype as { request: Request }, 'request', (request) => function (headers, ...rest) {
      if (!active) return request.call(this, headers, ...rest);
      let block = headers;
      try {
        block = carried(headers, targets.get(this));
      } catch {
        // Odd headers: sent as they are.
      }
      const stream = request.call(this, block, ...rest);
      if (stream === null || typeof stream !== 'object') return stream;
      // Node tells some of its listeners in the context of whoever opened the session.
      (stream as Emitter)[CONTEXT] = shared.store.getStore() ?? null;
      restoreOn(stream as Emitter);
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
    active = false;
    if ((http2.connect as unknown) === connecting) {
      http2.connect = connect;
      syncBuiltinESMExports();
    }
    for (const undoOne of undo) undoOne();
  };
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

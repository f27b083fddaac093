import http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import { parseAuthority, shared } from '@corr/propagator/internal';
import type { Target } from '@corr/propagator/internal';
import { fieldOf, withField, withFields } from './header-block';
import type { HeaderBlock } from './header-block';
import { outbound, outboundContext } from './outbound';

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
    let prototype = Object.getPrototypeOf(session) as { request?: Request };
    while (!Object.hasOwn(prototype, 'request')) prototype = Object.getPrototypeOf(prototype) as { request?: Request };
    const request = prototype.request as Request;
    const carrying: Request = function (headers, ...rest) {
      return request.call(this, carried(headers, targets.get(this)), ...rest);
    };
    prototype.request = carrying;
    undo.push(() => {
      if (prototype.request === carrying) prototype.request = request;
    });
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

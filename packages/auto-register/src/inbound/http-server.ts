import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { markIgnored, otelApi, restore } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { admit } from './admission';
import type { Headers } from './admission';
import { echoOnHeads, echoOnResponses, echoedOnStream, noticeRemoval } from './echo';
import type { Admitted } from './echo';
import type { HeaderBlock } from '../node/header-block';
import { patch } from '../node/patch';
import { serverRenders } from '../node/internals';
import { CONTEXT, belong, restoreOn, restoreOnceHeard } from '../node/emitters';
import type { Emitter } from '../node/emitters';

/** How requests are let in and answered. */
export interface ServerOptions {
  /** Keep an acceptable ID that a request brings. Default `true`; `false` at a public edge: always make one. */
  trustIncoming?: boolean;
  /** Return the ID in the response. Default `true`. */
  echo?: boolean;
  /** Let scripts of other origins read it: append it to `Access-Control-Expose-Headers`. Default `false`. */
  expose?: boolean;
}

type Emit = (this: Server, event: unknown, ...args: unknown[]) => boolean;
interface Server { emit: Emit }
interface Message extends Admitted { headers?: Headers; rawHeaders?: string[]; stream?: Admitted }
type Respond = (this: Admitted, ...args: unknown[]) => unknown;
interface StreamPrototype extends Emitter { respond: Respond; respondWithFD: Respond; respondWithFile: Respond }

/**
 * Admits, enters and echoes the ID of every request to an http, https or http2 server. Returns its undo.
 *
 * Prototypes are patched, which reaches ES modules with no loader hook.
 */
export function carryOnServer(
  { trustIncoming = true, echo = true, expose = false }: ServerOptions = {},
  { rendered = serverRenders() }: { rendered?: boolean } = {},
): () => void {
  const undo: (() => void)[] = [];
  const known = new WeakSet<object>();

  const admitMessage = (message: Message): Context => {
    if (message[CONTEXT] === undefined) belong(message, message.stream?.[CONTEXT] ?? admit(message, trustIncoming));
    return message[CONTEXT] as Context;
  };

  const admitStream = (stream: Admitted, headers: Headers, rawHeaders: string[] | undefined): Context => {
    meetStream(Object.getPrototypeOf(stream) as StreamPrototype);
    return (stream[CONTEXT] ??= admit({ headers, rawHeaders }, trustIncoming));
  };

  const meetStream = (prototype: StreamPrototype): void => {
    if (known.has(prototype)) return;
    known.add(prototype);
    undo.push(restoreOnceHeard(prototype));
    if (!echo) return;
    const echoing = (position: number) => (original: Respond): Respond =>
      function (...args) {
        args[position] = echoedOnStream(this, args[position] as HeaderBlock, { expose });
        return original.apply(this, args);
      };
    undo.push(
      patch(prototype, 'respond', echoing(0)),
      patch(prototype, 'respondWithFD', echoing(1)),
      patch(prototype, 'respondWithFile', echoing(1)),
    );
  };

  /** http2's own request and response, which are no http messages. */
  const meetCompat = (message: Message, response: Admitted): void => {
    for (const part of [message, response]) {
      part[CONTEXT] ??= message.stream?.[CONTEXT] as Context;
      const prototype = Object.getPrototypeOf(part) as Emitter & { removeHeader?: unknown };
      if (known.has(prototype)) continue;
      known.add(prototype);
      undo.push(restoreOnceHeard(prototype));
      if (typeof prototype.removeHeader === 'function') {
        undo.push(noticeRemoval(prototype as never, (removing: { stream?: Admitted }) => removing.stream));
      }
    }
  };

  const contextOf = (event: unknown, first: unknown, second: unknown, rawHeaders: unknown): Context | undefined => {
    switch (event) {
      case 'request':
      case 'checkContinue':
      case 'checkExpectation': {
        const message = first as Message;
        if (!Array.isArray(message.rawHeaders) && typeof message.headers !== 'object') return undefined; // a server of another protocol
        const context = admitMessage(message);
        if (message.stream?.[CONTEXT] !== undefined) meetCompat(message, second as Admitted);
        else if (second !== null && typeof second === 'object') belong(second as Admitted, context);
        // Who listens since before there was a context; Node itself does so for a response's end.
        if (message._eventsCount > 0) restoreOn(message);
        const response = second as Admitted | undefined;
        if (response !== undefined && response._eventsCount > 1) restoreOn(response);
        return context;
      }
      case 'upgrade':
      case 'connect': {
        if (!(first instanceof http.IncomingMessage)) return undefined;
        const context = admitMessage(first as unknown as Message);
        // What the application does with the socket from here on belongs to this request.
        if (second instanceof net.Socket && !Object.hasOwn(second, CONTEXT)) {
          (second as unknown as Emitter)[CONTEXT] = context;
          restoreOn(second as unknown as Emitter);
        }
        return context;
      }
      case 'stream':
        if (typeof (first as Partial<StreamPrototype>).respond !== 'function') return undefined;
        return admitStream(first as Admitted, second as Headers, rawHeaders as string[] | undefined);
      default:
        return undefined;
    }
  };

  // An instrumentation that was loaded later stands in front of ours, and is to read the admitted ID. It shows at the first
  // event of a server, 'listening' or 'connection'; where there is none, nobody pays for the channel.
  let early = false;
  let active = true;
  const started = (message: unknown): void => {
    try {
      admitMessage((message as { request: Message }).request);
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  const admitEarly = (): void => {
    if (early) return;
    early = true;
    subscribe('http.server.request.start', started);
  };
  undo.push(() => {
    active = false;
    unsubscribe('http.server.request.start', started);
  });

  const entering = (original: Emit): Emit => {
    const entered: Emit = function (event, first, second, _flags, rawHeaders) {
      if (!active) return Reflect.apply(original, this, arguments);
      if (this.emit !== entered) admitEarly();
      if (first === null || typeof first !== 'object') return Reflect.apply(original, this, arguments);
      let context: Context | undefined;
      try {
        context = contextOf(event, first, second, rawHeaders);
        if (context !== undefined) markIfIgnored();
      } catch {
        // Frozen, or otherwise not what a server emits: its listeners are called as without us.
      }
      return context === undefined ? Reflect.apply(original, this, arguments) : restore(context, original, this, arguments);
    };
    return entered;
  };

  // One patch serves http, https and http2, unless an APM that was loaded earlier gave one of them an `emit` of its own.
  for (const { prototype } of [net.Server, http.Server, https.Server, tls.Server] as unknown as { prototype: Server }[]) {
    if (prototype === (net.Server.prototype as unknown)) undo.push(patch(prototype, 'emit', entering));
    else if (Object.hasOwn(prototype, 'emit')) undo.push(patch(prototype, 'emit', (original) => entering(markingBehind(original))));
  }
  for (const { prototype } of [http.IncomingMessage, http.ServerResponse] as unknown as { prototype: Emitter }[]) {
    undo.push(restoreOnceHeard(prototype));
  }
  if (echo) undo.push(rendered ? echoOnResponses({ expose }) : echoOnHeads({ expose }));

  return () => {
    for (const undoOne of undo.splice(0).reverse()) undoOne();
  };
}

function markIfIgnored(): void {
  const active = otelApi()?.context?.active();
  if (active !== undefined) markIgnored(active);
}

/** An `emit` that was there before ours stands between it and the listeners, and may be what suppresses tracing for them. */
function markingBehind(original: Emit): Emit {
  return function (this: net.Server, event) {
    if (event !== 'request' || otelApi()?.context === undefined) return Reflect.apply(original, this, arguments);
    this.prependOnceListener(event, markIfIgnored);
    try {
      return Reflect.apply(original, this, arguments);
    } finally {
      this.removeListener(event, markIfIgnored);
    }
  } as Emit;
}

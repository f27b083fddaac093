import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http = require('node:http');
import https = require('node:https');
import net = require('node:net');
import tls = require('node:tls');
import { markIgnored, otelApi, patch, runIn, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { beginRequest } from '../hops/requests';
import { bindEmitter, contextOf } from '../node/emitters';
import { serverRenders } from '../node/internals';
import { admit } from './admission';
import { EchoOnWrites, occupy, occupyForGood } from './connection';
import { echoOnHeads, echoOnResponses } from './echo';
import { noticeEndings } from './endings';
import { Http2Requests } from './http2-server';

type Emit = (this: Server, event: unknown, ...args: unknown[]) => boolean;
interface Server { emit: Emit }
type Message = http.IncomingMessage & { stream?: object };

/**
 * Admits the ID of each request to an http, https or http2 server, runs the listeners under it, and returns it in the response.
 * Returns its undo.
 *
 * It patches prototypes, so ES modules need no loader hook.
 */
export function carryOnServers({ rendered = serverRenders() }: { rendered?: boolean } = {}): () => void {
  const http2 = new Http2Requests();
  const early = admitEarly();
  const echo = new EchoOnWrites();
  const ours = new Set<unknown>();

  /** The context for the listeners of a server's event; `undefined` if the event belongs to no request. */
  const contextOfEvent = (server: unknown, event: unknown, first: object, second: unknown, rawHeaders: unknown): Context | undefined => {
    switch (event) {
      case 'request':
      case 'checkContinue':
      case 'checkExpectation':
        return http2.admitCompat(first, second as object) ?? admitMessage(server, first, second);
      case 'upgrade':
      case 'connect':
        return first instanceof http.IncomingMessage ? admitUpgrade(first, second, event, echo) : undefined;
      case 'dropRequest': // its response is made behind it
        return admitMessage(server, first, undefined);
      case 'stream':
        return http2.admitStream(first, second, rawHeaders);
      case 'timeout':
        return contextOf(first) ?? undefined;
      case 'clientError':
        return second instanceof net.Socket ? (contextOf(second) ?? undefined) : undefined;
      default:
        return undefined;
    }
  };

  const entering = (original: Emit): Emit =>
    function (event, first, second, _flags, rawHeaders) {
      if (!ours.has(this.emit)) early.start();
      if (first === null || typeof first !== 'object') return Reflect.apply(original, this, arguments);
      let context: Context | undefined;
      try {
        context = contextOfEvent(this, event, first, second, rawHeaders);
        shared.admitted = undefined;
        if (context !== undefined) markIfIgnored();
      } catch {
        // A frozen object, or one that no server emits: the listeners are called as if we were not there.
      }
      if (context === undefined) return Reflect.apply(original, this, arguments);
      if (event === 'clientError' && shared.settings.echo) process.nextTick(echo.expect(second as net.Socket, context));
      return runIn(context, original, this, arguments);
    };

  // One patch serves http, https and http2, unless an APM that was loaded earlier gave one of them its own `emit`.
  const undo: (() => void)[] = [];
  for (const { prototype } of [net.Server, http.Server, https.Server, tls.Server] as unknown as { prototype: Server }[]) {
    if (prototype === (net.Server.prototype as unknown)) undo.push(patch(prototype, 'emit', entering));
    else if (Object.hasOwn(prototype, 'emit')) undo.push(patch(prototype, 'emit', (original) => entering(markingBehind(original))));
    ours.add(prototype.emit);
  }
  undo.push(
    ...noticeEndings(),
    (rendered ? echoOnResponses : echoOnHeads)((response) => contextOf(response) ?? answered(response)),
    () => http2.undo(),
    () => early.stop(),
    () => echo.undo(),
  );
  return () => {
    for (const undoOne of undo.reverse()) undoOne();
  };
}

/** Admits a request, unless it is already admitted, and binds it, its response and its connection. */
function admitMessage(server: unknown, message: object, response: unknown): Context | undefined {
  const known = contextOf(message);
  if (known == null && !isRequestOf(server, message)) return undefined;
  const context = known ?? admit(message as Message);
  bindEmitter(message, context);
  // OpenTelemetry may have bound it already, and a server may hand it to another one: each of these has its effect once.
  if (response !== null && typeof response === 'object') {
    bindEmitter(response, context);
    occupy((message as Message).socket, response, context);
    beginRequest(context, message, response, (message as Message).method, (message as Message).url);
  }
  return context;
}

/** A server of another protocol may emit 'request' too. */
function isRequestOf(server: unknown, message: object): boolean {
  if (message instanceof http.IncomingMessage) return true;
  const { headers } = message as { headers?: unknown };
  return (server instanceof http.Server || server instanceof https.Server) && typeof headers === 'object' && headers !== null;
}

function admitUpgrade(message: http.IncomingMessage, socket: unknown, event: 'upgrade' | 'connect', echo: EchoOnWrites): Context {
  const context = contextOf(message) ?? admit(message);
  bindEmitter(message, context);
  // From here on, everything on this socket belongs to this request.
  if (socket instanceof net.Socket) {
    occupyForGood(socket, context);
    if (event === 'upgrade' && shared.settings.echo) echo.expect(socket, context);
  }
  return context;
}

/** The context of a response for which no listener ran: Node itself answers (400, 417, 503), or the application answers an upgrade. */
function answered(response: http.ServerResponse): Context | undefined {
  const { req } = response as { req?: http.IncomingMessage & { socket?: { server?: unknown } } };
  if (!(req instanceof http.IncomingMessage)) return undefined;
  const known = contextOf(req);
  if (known != null) {
    bindEmitter(response, known);
    beginRequest(known, req, response, req.method, req.url);
    return known;
  }
  return req.socket?.server instanceof net.Server ? admitMessage(req.socket.server, req, response) : undefined;
}

/**
 * An instrumentation that was loaded later runs before ours, and must find the admitted ID. We notice it at the first event
 * of a server, 'listening' or 'connection'. Without such an instrumentation, nobody pays for the channel.
 */
function admitEarly(): { start(): void; stop(): void } {
  let on = false;
  const started = (message: unknown): void => {
    try {
      const { request } = message as { request: http.IncomingMessage };
      if (contextOf(request) == null) bindEmitter(request, admit(request));
      if (shared.settings.hops) shared.admitted = contextOf(request) ?? undefined;
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  return {
    start() {
      if (on) return;
      on = true;
      subscribe('http.server.request.start', started);
    },
    stop: () => void unsubscribe('http.server.request.start', started),
  };
}

function markIfIgnored(): void {
  const active = otelApi()?.context?.active();
  if (active !== undefined) markIgnored(active);
}

/** An `emit` that was there before ours runs between ours and the listeners, and may suppress tracing for them. */
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

import http = require('node:http');
import net = require('node:net');
import { shared } from '@corr/propagator/internal';
import type { Answer } from '../hops/answer';
import { endCall } from '../hops/calls';
import { answerIsOut, endRequest, responseEnded, responseEnds } from '../hops/requests';
import { contextOf, honourContexts } from '../node/emitters';
import { isClearIncoming } from '../node/internals';
import { release, unfinished } from './connection';

/** Follows connections, requests and responses of http and https by their events, and runs their listeners in their contexts. Returns the undos. */
export function noticeEndings(): (() => void)[] {
  return [
    honourContexts(net.Socket.prototype, { after: { close: endWaiting } }),
    honourContexts(http.IncomingMessage.prototype, { before: { end: (message) => endCall(message) }, own: { end: { listener: undefined, is: isClearIncoming } } }),
    honourContexts(http.ServerResponse.prototype, { before: ENDING, after: { prefinish: follow, finish: follow, close: follow, error: ended } }),
  ];
}

function ending(emitter: object, event: string | symbol): void {
  const context = shared.settings.hops ? contextOf(emitter) : undefined;
  if (context) responseEnds(context, emitter, event);
}

/** The listeners of one of these events have run. */
export function ended(emitter: object): void {
  const context = shared.settings.hops ? contextOf(emitter) : undefined;
  if (context) responseEnded(context);
}

/** Tells that the listeners of a response's end are about to run, of http and of http2's compatibility API. */
export const ENDING = { finish: ending, close: ending, error: ending };

/** A closed response releases its connection. By then the application has written its own line about it. */
function follow(emitter: object, event: string | symbol): void {
  const context = contextOf(emitter);
  if (!context) return;
  const response = emitter as http.ServerResponse;
  if (event !== 'close') {
    if (!shared.settings.hops) return;
    if (event === 'finish') ended(emitter);
    // After `end()`, the kernel has the answer, unless it waits for a slow client. Before Node 24, 'finish' also comes when that
    // client is gone.
    if (event === 'finish' ? !isGone(response.req?.socket) : response.socket?.writableNeedDrain === false) answerIsOut(context);
    return;
  }
  release(response.req?.socket, response);
  endRequest(context, (isOut, status) => {
    const aborted = !isSent(response, isOut);
    return { answer: answerOf(response, status), aborted, error: aborted ? brokenOffBy(response) : undefined };
  });
}

export const CLOSED = Object.assign(new Error('connection closed by the service'), { code: 'ECONNABORTED' });
/** What Node reports if the client is gone, in the middle of a request as well. */
const GONE = /^(?:ECONNRESET|EPIPE|HPE_\w+|ERR_HTTP2_\w+)$/;

/** An error with which a response ended, if it is not that of a client that is gone. */
export function ofService(error: NodeJS.ErrnoException | null | undefined): unknown {
  return GONE.test(String(error?.code)) ? undefined : (error ?? undefined);
}

/** Why the service broke a response off; `undefined` if the client did: it has ended or reset the connection, whatever the service does then. */
function brokenOffBy({ errored, req }: http.ServerResponse & { errored?: Error | null }): unknown {
  const { socket, errored: ofRequest } = (req ?? {}) as { socket?: net.Socket | null; errored?: Error | null };
  if (socket?.readableEnded === true) return undefined;
  // Node hands an error with which a response or a request is destroyed to the connection. It can be that of an upstream, which looks as if the
  // client were gone.
  for (const own of [errored, ofRequest]) if (own && own === socket?.errored) return own;
  const error = socket?.errored ?? errored ?? undefined;
  if (error !== undefined) return ofService(error);
  return socket instanceof net.Socket && socket.destroyed ? CLOSED : undefined;
}

/** A simulated response has no socket, so it never finishes; for that one, `end()` counts. */
function isSent(response: http.ServerResponse, isOut: boolean): boolean {
  return response.req?.socket instanceof net.Socket ? response.writableFinished && isOut : response.writableEnded;
}

function isGone(socket: net.Socket | undefined): boolean {
  return socket !== undefined && (socket.destroyed || (socket.errored ?? null) !== null);
}

/** `status`: that of the head that was rendered. A handler of errors may set another one afterwards. */
function answerOf({ headersSent, statusCode }: http.ServerResponse, status: number | undefined): Answer | undefined {
  return headersSent ? { statusCode: status ?? statusCode } : undefined;
}

/** Before Node 24, a response that waits for others on its connection (pipelining) emits nothing when that is closed. */
function endWaiting(socket: object): void {
  for (const response of unfinished(socket)) {
    const context = contextOf(response);
    if (!context || !(response instanceof http.ServerResponse) || response.socket !== null || response.writableFinished) continue;
    // On Node 24 and later it emits 'close' first, at which the application may write its own line.
    process.nextTick(endRequest, context, (_isOut: boolean, status: number | undefined) => ({ answer: answerOf(response, status), aborted: true }));
  }
}

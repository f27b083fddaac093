import net from 'node:net';
import { idOf, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { bindEmitter, contextOf } from '../node/emitters';

/** Requests received on a connection before the current one was finished (pipelining). */
const waiting = new WeakMap<object, Context[]>();

/** Binds a connection to its current request: events of the connection run in the request's context. */
export function occupy(socket: unknown, context: Context): void {
  if (!(socket instanceof net.Socket)) return;
  if ((contextOf(socket) ?? null) === null) {
    bindEmitter(socket, context);
    return;
  }
  const queue = waiting.get(socket);
  if (queue === undefined) waiting.set(socket, [context]);
  else queue.push(context);
}

/** Lets the connection go on to the next request; between two requests, it belongs to no context. */
export function release(socket: unknown, context: Context): void {
  if (!(socket instanceof net.Socket)) return;
  const queue = waiting.get(socket);
  if (contextOf(socket) === context) bindEmitter(socket, queue?.shift() ?? null);
  else queue?.splice(queue.indexOf(context) >>> 0, 1);
}

type Write = (this: net.Socket, chunk: unknown, ...rest: unknown[]) => boolean;
const STATUS_LINE = /^HTTP\/1\.1 \d{3}[^\r\n]*\r\n/;

/**
 * Adds the ID to a response that is written to the socket as text: Node's own response to a malformed request, or a WebSocket's
 * 101. It applies to the next write, if that is a response. Returns its undo.
 */
export function echoOnNextWrite(socket: net.Socket, context: Context): () => void {
  const undo = (): void => void Reflect.deleteProperty(socket, 'write');
  if (Object.hasOwn(socket, 'write')) return () => undefined; // another library's `write`
  const write: Write = function (chunk, ...rest) {
    undo();
    return (this.write as Write)(withField(chunk, context), ...rest);
  };
  Object.defineProperty(socket, 'write', { value: write, configurable: true, writable: true, enumerable: false });
  return undo;
}

function withField(chunk: unknown, context: Context): unknown {
  if (typeof chunk !== 'string' && !Buffer.isBuffer(chunk)) return chunk;
  const text = typeof chunk === 'string' ? chunk : chunk.toString('latin1');
  const [line] = STATUS_LINE.exec(text) ?? [];
  const { field, header } = shared.settings;
  if (line === undefined || text.toLowerCase().includes(`\r\n${field}:`)) return chunk;
  const answer = `${line}${header}: ${idOf(context)}\r\n${text.slice(line.length)}`;
  return typeof chunk === 'string' ? answer : Buffer.from(answer, 'latin1');
}

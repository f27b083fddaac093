import net = require('node:net');
import { idOf, patch, runIn, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { isAnsweredId } from '../node/answered-ids';
import { Elsewhere, bindEmitter, contextOf } from '../node/emitters';

/** The response that a connection is busy with, and those that may follow: to requests that were received before it was finished (pipelining). */
class Responding extends Elsewhere {
  #response: object | undefined;
  #waiting: Response[] | undefined;

  private constructor(socket: object, response: object | undefined) {
    super(socket);
    this.#response = response;
  }

  static set(socket: object, response: object | undefined): void {
    if (#response in socket) socket.#response = response;
    else new Responding(socket, response);
  }

  static of(socket: object): object | undefined {
    return #response in socket ? socket.#response : undefined;
  }

  static wait(socket: object, response: Response): void {
    if (#waiting in socket) (socket.#waiting ??= []).push(response);
  }

  static waiting(socket: object): Response[] {
    return (#waiting in socket ? socket.#waiting : undefined) ?? [];
  }
}

/** Node gives a response its socket when it is its turn. */
type Response = object & { socket?: unknown };

/**
 * Binds a connection to the request of a response: events of the connection run in the request's context. A request does so once,
 * whoever hands it to a second server, with the same response or with one of its own.
 */
export function occupy(socket: unknown, response: Response, context: Context): void {
  if (!(socket instanceof net.Socket)) return;
  const current = Responding.of(socket);
  if (current === undefined) {
    if (response.socket !== socket || (contextOf(socket) ?? null) !== null) return;
    Responding.set(socket, response);
    bindEmitter(socket, context);
  } else if (current !== response) {
    Responding.wait(socket, response);
    bindCallbacks(response, context);
  }
}

const TAKING_CALLBACKS = ['write', 'end', 'writeContinue', 'writeProcessing', 'writeEarlyHints'];

/** What waits on a connection is written by the end of the response before it, and Node calls the callbacks back from there. */
function bindCallbacks(response: object, context: Context): void {
  for (const name of TAKING_CALLBACKS) {
    const value = function (this: object, ...args: unknown[]): unknown {
      const at = args.findLastIndex((arg) => typeof arg === 'function');
      const callback = args[at] as (...given: never[]) => unknown;
      if (at >= 0) args[at] = function (this: unknown) { return runIn(context, callback, this, arguments); };
      // Frameworks put a prototype of theirs behind it later.
      return Reflect.apply((Object.getPrototypeOf(this) as Record<string, (...args: unknown[]) => unknown>)[name] as (...args: unknown[]) => unknown, this, args);
    };
    if (name in response) Object.defineProperty(response, name, { value, writable: true, configurable: true });
  }
}

/** Binds a connection to an upgrade or a tunnel, for the rest of its life. */
export function occupyForGood(socket: net.Socket, context: Context): void {
  if (Responding.of(socket) !== undefined) Responding.set(socket, undefined);
  bindEmitter(socket, context);
}

/**
 * Lets the connection go on to the next request; between two requests, it belongs to no context. A response that somebody made for a
 * request that was received before never gets the socket, and nobody waits behind it. On a closed connection, nobody else gets it either:
 * those that wait are `unfinished`.
 */
export function release(socket: unknown, response: Response): void {
  if (!(socket instanceof net.Socket) || Responding.of(socket) !== response) return;
  const queue = Responding.waiting(socket);
  const at = queue.findIndex((other) => other.socket === socket);
  const next = queue[at];
  if (next !== undefined) queue.splice(0, at + 1);
  else if (!socket.destroyed) queue.length = 0;
  Responding.set(socket, next);
  bindEmitter(socket, next === undefined ? null : (contextOf(next) ?? null));
}

/** The responses that a connection has when it is closed: the current one and those that wait for their turn. */
export function unfinished(socket: object): readonly object[] {
  return [Responding.of(socket) ?? [], Responding.waiting(socket)].flat();
}

/** The context of the response that is expected on a connection. */
class Expected extends Elsewhere {
  #context: Context | undefined;

  private constructor(socket: net.Socket, context: Context | undefined) {
    super(socket);
    this.#context = context;
  }

  static set(socket: net.Socket, context: Context | undefined): void {
    if (#context in socket) socket.#context = context;
    else new Expected(socket, context);
  }

  static take(socket: object): Context | undefined {
    if (!(#context in socket)) return undefined;
    const context = socket.#context;
    socket.#context = undefined;
    return context;
  }
}

type Write = (this: net.Socket, chunk: unknown, ...rest: unknown[]) => boolean;
const STATUS_LINE = /^HTTP\/1\.1 \d{3}[^\r\n]*\r\n/;

/**
 * Adds the ID to a response that is written to the socket as text: Node's own response to a malformed request, or a WebSocket's
 * 101. It applies to the next write, if that is a response.
 *
 * `write` is patched when the first such response is expected. A `write` on the socket itself, taken out again, would leave
 * the socket in V8's dictionary mode, which takes 1.7 KB more for as long as the connection lives.
 */
export class EchoOnWrites {
  private undoPatch: (() => void) | undefined;

  /** Returns what ends the wait for the next write. */
  expect(socket: net.Socket, context: Context): () => void {
    this.undoPatch ??= patch(net.Socket.prototype as unknown as { write: Write }, 'write', (write) => function (chunk) {
      const expected = Expected.take(this);
      if (expected === undefined) return Reflect.apply(write, this, arguments);
      arguments[0] = withField(chunk, expected);
      return Reflect.apply(write, this, arguments);
    });
    Expected.set(socket, context);
    return () => Expected.set(socket, undefined);
  }

  undo(): void {
    this.undoPatch?.();
  }
}

function withField(chunk: unknown, context: Context): unknown {
  if (typeof chunk !== 'string' && !Buffer.isBuffer(chunk)) return chunk;
  const text = typeof chunk === 'string' ? chunk : chunk.toString('latin1');
  const [line] = STATUS_LINE.exec(text) ?? [];
  if (line === undefined) return chunk;
  const { field, header } = shared.settings;
  const id = idOf(context) as string;
  const end = text.indexOf('\r\n\r\n');
  const fields = text.slice(line.length, end < 0 ? undefined : end + 2).split('\r\n');
  const given = fields.filter((one) => one.slice(0, one.indexOf(':')).trim().toLowerCase() === field);
  // A gateway has copied that of its upstream.
  if (!given.every((one) => isAnsweredId(id, one.slice(one.indexOf(':') + 1).trim()))) return chunk;
  const others = given.length === 0 ? text.slice(line.length) : fields.filter((one) => !given.includes(one)).join('\r\n') + (end < 0 ? '' : text.slice(end + 2));
  const answer = `${line}${header}: ${id}\r\n${others}`;
  return typeof chunk === 'string' ? answer : Buffer.from(answer, 'latin1');
}

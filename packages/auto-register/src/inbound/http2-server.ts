import { patch, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { grpcStatusOf } from '../hops/answer';
import type { Answer } from '../hops/answer';
import { answerIsCut, answerIsOut, beginRequest, endRequest } from '../hops/requests';
import { bindEmitter, contextOf, honourContexts } from '../node/emitters';
import { fieldOf } from '../node/header-block';
import type { HeaderBlock } from '../node/header-block';
import { admit } from './admission';
import type { Received } from './admission';
import { echoedOnStream, noticeRemoval } from './echo';
import { CLOSED, ENDING, ended, ofService } from './endings';

type Respond = (this: object, ...args: unknown[]) => unknown;
type StreamPrototype = Record<'pushStream' | 'respond' | 'respondWithFD' | 'respondWithFile', Respond>;
type Compat = object & { stream?: object };

/**
 * Admits the requests of http2 servers: streams, and the objects of Node's compatibility API.
 *
 * Node exports none of their classes, so each prototype is taken from the first object of its class.
 */
export class Http2Requests {
  private readonly met = new WeakSet<object>();
  private readonly undos: (() => void)[] = [];

  /** Admits a stream; returns `undefined` for anything that is not an http2 stream. */
  admitStream(stream: object, headers: unknown, rawHeaders: unknown): Context | undefined {
    if (typeof (stream as Partial<StreamPrototype>).respond !== 'function') return undefined;
    this.meet(stream, (prototype) => {
      const echoing = (position: number) => (original: Respond): Respond =>
        function (...args) {
          const context = contextOf(this);
          if (context) args[position] = echoedOnStream(this, context, args[position] as HeaderBlock);
          return original.apply(this, args);
        };
      const responding = prototype as StreamPrototype;
      this.undos.push(patch(responding, 'respond', echoing(0)), patch(responding, 'respondWithFD', echoing(1)), patch(responding, 'respondWithFile', echoing(1)), patch(responding, 'pushStream', binding), noticeLastFrame(prototype as Stream));
    });
    const context = contextOf(stream) ?? admit({ headers, rawHeaders } as Received);
    bindEmitter(stream, context);
    const { ':method': method, ':path': path } = headers as Record<string, unknown>;
    beginRequest(context, stream, stream, method, path);
    return context;
  }

  /** Binds a request and a response of the compatibility API to the context of their stream; returns `undefined` for other objects. */
  admitCompat(request: Compat, response: Compat): Context | undefined {
    const context = request.stream === undefined ? undefined : contextOf(request.stream);
    if (!context) return undefined;
    beginRequest(context, request, response, undefined, undefined);
    for (const part of [request, response]) {
      bindEmitter(part, context);
      this.meet(part, (prototype) => {
        if (typeof (prototype as { removeHeader?: unknown }).removeHeader !== 'function') return;
        this.undos.push(noticeRemoval(prototype as { removeHeader(this: Compat, name: string): void }, (removing) => removing.stream));
      });
    }
    return context;
  }

  undo(): void {
    for (const undoOne of this.undos.splice(0)) undoOne();
  }

  private meet(object: object, first: (prototype: object) => void): void {
    const prototype = Object.getPrototypeOf(object) as object;
    if (this.met.has(prototype)) return;
    this.met.add(prototype);
    this.undos.push(honourContexts(prototype, { before: ENDING, after: { finish: closed, close: closed, error: ended } }));
    first(prototype);
  }
}

/** A stream that is pushed belongs to the request that it is pushed for. It is no request itself. */
function binding(pushStream: Respond): Respond {
  return function (...args) {
    const at = args.findLastIndex((arg) => typeof arg === 'function');
    const callback = args[at] as Respond | undefined;
    const context = contextOf(this);
    if (callback !== undefined && context) {
      args[at] = function (this: object, ...given: unknown[]) {
        if (given[1] !== null && typeof given[1] === 'object') bindEmitter(given[1], context);
        return Reflect.apply(callback, this, given);
      };
    }
    return Reflect.apply(pushStream, this, args);
  };
}

interface Stream {
  /** Even for a stream that the server opens, to push it (RFC 9113, section 5.1.1). */
  id?: number;
  aborted?: boolean;
  closed?: boolean;
  destroyed?: boolean;
  errored?: NodeJS.ErrnoException | null;
  rstCode?: number;
  session?: { destroyed?: boolean } | undefined;
  state?: { localClose?: number };
  close(this: Stream, ...args: unknown[]): unknown;
  destroy(this: Stream, ...args: unknown[]): unknown;
  sentHeaders?: Record<string, unknown>;
  sentTrailers?: Record<string, unknown>;
}

/** Why the service itself broke its streams off. It can be the error of an upstream, which looks as if the client were gone. */
const brokenOff = new WeakMap<Stream, unknown>();

const NGHTTP2_CANCEL = 8;

/** True while neither side has ended a stream before its time. */
function isOpen({ aborted, closed, session }: Stream): boolean {
  return aborted !== true && closed === false && session?.destroyed === false;
}

/**
 * If a request was read to its end, Node destroys its stream as soon as the last frame is out, and 'finish' never comes. Where trailers
 * follow, 'finish' comes before the last frame, and a client can still cancel.
 */
function noticeLastFrame(prototype: Stream): () => void {
  const undo = [
    patch(prototype, 'destroy', (destroy) => function (error) {
      const context = shared.settings.hops && this.destroyed !== true ? contextOfRequest(this) : undefined;
      if (context) {
        if (isOpen(this)) brokenOff.set(this, error || CLOSED);
        if (this.state?.localClose === 1) answerIsOut(context);
        else if (this.rstCode !== 0) answerIsCut(context);
      }
      return Reflect.apply(destroy, this, arguments);
    }),
    patch(prototype, 'close', (close) => function (code) {
      // Node itself cancels all streams of a connection that is gone.
      if (code && code !== NGHTTP2_CANCEL && shared.settings.hops && isOpen(this)) brokenOff.set(this, CLOSED);
      return Reflect.apply(close, this, arguments);
    }),
  ];
  return () => undo.forEach((undoOne) => undoOne());
}

function closed(emitter: object, event: string | symbol): void {
  ended(emitter);
  if (!('sentHeaders' in emitter)) return;
  const context = contextOfRequest(emitter as Stream);
  if (!context) return;
  if (event === 'finish') return answerIsOut(context);
  endRequest(context, (isOut) => {
    const stream = emitter as Stream;
    const answer = answerOn(stream);
    const aborted = stream.aborted === true || answer === undefined || !isOut;
    return { answer, aborted, error: aborted ? (brokenOff.get(stream) ?? ofService(stream.errored)) : undefined };
  });
}

function contextOfRequest(stream: Stream): Context | undefined {
  return stream.id !== undefined && stream.id % 2 === 0 ? undefined : (contextOf(stream) ?? undefined);
}

function answerOn({ sentHeaders, sentTrailers }: Stream): Answer | undefined {
  const statusCode = sentHeaders?.[':status'];
  return statusCode === undefined ? undefined : { statusCode: Number(statusCode), grpcStatus: grpcStatusOf(fieldOf(sentTrailers, 'grpc-status') ?? fieldOf(sentHeaders, 'grpc-status')) };
}

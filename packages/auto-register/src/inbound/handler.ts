import http = require('node:http');
import net = require('node:net');
import { correlationHeaders } from '@corr/propagator';
import { idOf, runIn, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import type { Answer } from '../hops/answer';
import { beginRequest, endRequest, isWithoutResponse } from '../hops/requests';
import { bindEmitter, contextOf } from '../node/emitters';
import { hasField } from '../node/header-block';
import { admit } from './admission';
import type { Received } from './admission';
import { FETCH, isFetched } from './fetch-handler';
import { LAMBDA, isInvocation } from './lambda-handler';

type Handler = (this: unknown, ...args: never[]) => unknown;

/**
 * Wraps a handler of requests that do not arrive over a socket: a listener `(req, res)`, a Fetch API handler `(Request) =>
 * Response`, or an AWS Lambda handler `(event, context) => result` or `(event, context, callback)`. The request is admitted, the handler
 * runs with its ID, and the response gets the ID.
 *
 * Default: any other call runs unchanged, outside all requests; an admitted request is not admitted again.
 */
export function correlated<H extends Handler>(handler: H): H {
  const call = handler as unknown as (...all: unknown[]) => unknown;
  if (typeof handler !== 'function') throw new TypeError(`handler: ${String(handler)} - expected a function`);
  return function (this: unknown, ...args: unknown[]): unknown {
    const [request, response] = args;
    const kind = kindOf(request);
    if (kind === undefined) return Reflect.apply(call, this, args);
    const known = contextOf(request as object);
    let context: Context;
    try {
      context = known ?? kind.admit(request as never, args);
    } catch {
      return Reflect.apply(call, this, args); // an object that only looks like a request
    }
    bindEmitter(args[0] as object, context);
    if (isResponse(response) && known == null) answerIn(context, response);
    const { answerOf, echo, asked } = kind;
    beginRequest(context, request as object, isResponse(response) ? response : undefined, ...asked(request as never));
    const through = (answer: unknown): unknown => {
      if (answerOf !== undefined) endRequest(context, () => ({ answer: answerOf(answer), aborted: false }));
      return shared.settings.echo && echo !== undefined ? echo(answer, context, request as never) : answer;
    };
    const failed = (error: unknown): void => {
      if (answerOf !== undefined) endRequest(context, () => ({ answer: undefined, aborted: true, error }));
    };
    const thrown = (error: unknown): never => {
      failed(error);
      throw error;
    };
    const calledBack = kind.withCallback?.(args, through, failed) ?? false;
    let result: unknown;
    try {
      result = runIn(context, call, this, args);
    } catch (error) {
      return thrown(error);
    }
    if (echo === undefined && answerOf === undefined) return result;
    if (isThenable(result)) return result.then(through, thrown);
    return calledBack ? result : through(result);
  } as unknown as H;
}

/** How requests of one kind are admitted and answered. */
export interface Kind {
  /** May replace the request among the arguments. */
  admit(request: never, args: unknown[]): Context;
  /** Method and target. */
  asked(request: never): [method: unknown, url: unknown];
  /** What a record says of the response, if the handler returns the response. */
  answerOf?: (response: unknown) => Answer | undefined;
  echo?: (answer: unknown, context: Context, request: never) => unknown;
  /** Replaces a callback among the arguments by one that calls these first. False if there is none. */
  withCallback?: (args: unknown[], through: (answer: unknown) => unknown, failed: (error: unknown) => void) => boolean;
}

const MESSAGE: Kind = { admit: (message: Received) => sameRequest(message) ?? admit(calling(message)), asked: ({ method, url }: http.IncomingMessage) => [method, url] };

/** The context of a request that an adapter has made into this one, such as that of a Lambda. */
function sameRequest({ headers }: Received): Context | undefined {
  const active = shared.store.getStore();
  return active !== undefined && isWithoutResponse(active) && headers?.[shared.settings.field] === idOf(active) ? active : undefined;
}

/** A request that is made without a socket within another one, as by `fastify.inject`, is a call of that one: it gets the fields of a call. */
function calling<M extends Received>(message: M): M {
  const { headers, rawHeaders, socket } = message as Received & { socket?: unknown };
  const { field, trustIncoming } = shared.settings;
  if (!trustIncoming || headers === undefined || hasField(headers, field) || socket instanceof net.Socket || shared.store.getStore() === undefined) return message;
  for (const [name, value] of Object.entries(correlationHeaders({ baggage: headers['baggage'] }))) {
    if (value === undefined) continue;
    headers[name] = value;
    rawHeaders?.push(name, String(value));
  }
  return message;
}

function kindOf(request: unknown): Kind | undefined {
  if (request === null || typeof request !== 'object') return undefined;
  if (request instanceof http.IncomingMessage || (hasHeaders(request) && typeof (request as { on?: unknown }).on === 'function')) return MESSAGE;
  return isFetched(request) ? FETCH : isInvocation(request) ? LAMBDA : undefined;
}

function hasHeaders({ headers }: { headers?: unknown }): boolean {
  return headers !== null && typeof headers === 'object';
}

interface Settable {
  headersSent?: boolean;
  hasHeader?(name: string): boolean;
  setHeader(name: string, value: string): unknown;
}

function isResponse(response: unknown): response is Settable {
  return response !== null && typeof response === 'object' && typeof (response as Settable).setHeader === 'function';
}

/** A response that is written to a socket renders the ID itself; for any other, the header is set now. */
function answerIn(context: Context, response: Settable): void {
  bindEmitter(response, context);
  if ((response as { req?: http.IncomingMessage }).req?.socket instanceof net.Socket || !shared.settings.echo) return;
  if (response.headersSent !== true && response.hasHeader?.(shared.settings.field) !== true) response.setHeader(shared.settings.header, idOf(context) as string);
}

function isThenable(value: unknown): value is Promise<unknown> {
  return value !== null && typeof value === 'object' && typeof (value as { then?: unknown }).then === 'function';
}

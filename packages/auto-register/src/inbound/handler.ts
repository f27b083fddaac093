import http from 'node:http';
import net from 'node:net';
import { idOf, runIn, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import type { Answer } from '../hops/answer';
import { beginRequest, endRequest } from '../hops/requests';
import { isAnsweredId } from '../node/answered-ids';
import { bindEmitter, contextOf } from '../node/emitters';
import { admit } from './admission';
import type { Headers as Fields, Received } from './admission';

type Handler = (this: unknown, ...args: never[]) => unknown;

/**
 * Wraps a handler of requests that do not arrive over a socket: a listener `(req, res)`, a Fetch API handler `(Request) =>
 * Response`, or an AWS Lambda handler `(event, context) => result`. The request is admitted, the handler runs with its ID, and the
 * response gets the ID.
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
    const context = known ?? kind.admit(request as never);
    bindEmitter(request as object, context);
    if (isResponse(response) && known == null) answerIn(context, response);
    const { answerOf, echo, asked } = kind;
    beginRequest(context, request as object, isResponse(response) ? response : undefined, ...asked(request as never));
    const through = (answer: unknown): unknown => {
      if (answerOf !== undefined) endRequest(context, () => ({ answer: answerOf(answer), aborted: false }));
      return shared.settings.echo && echo !== undefined ? echo(answer, context) : answer;
    };
    const failed = (error: unknown): never => {
      if (answerOf !== undefined) endRequest(context, () => ({ answer: undefined, aborted: true }));
      throw error;
    };
    let result: unknown;
    try {
      result = runIn(context, call, this, args);
    } catch (error) {
      return failed(error);
    }
    if (echo === undefined && answerOf === undefined) return result;
    return isThenable(result) ? result.then(through, failed) : through(result);
  } as unknown as H;
}

interface Kind {
  admit(request: never): Context;
  /** Method and target. */
  asked(request: never): [method: unknown, url: unknown];
  /** What a record says of the response, if the handler returns the response. */
  answerOf?: (response: unknown) => Answer | undefined;
  echo?: (answer: unknown, context: Context) => unknown;
}

const FETCH: Kind = {
  asked: ({ method, url }: Request) => [method, url],
  answerOf: (response) => (response instanceof Response ? { statusCode: response.status } : undefined),
  admit({ headers }: Request) {
    const { field } = shared.settings;
    const fields: Fields = Object.fromEntries(headers);
    const context = admit({ headers: fields });
    try {
      headers.set(field, fields[field] as string);
    } catch {
      // Some platforms have immutable headers.
    }
    return context;
  },
  echo(answer, context) {
    if (!(answer instanceof Response)) return answer;
    const given = answer.headers.get(shared.settings.field);
    if (given !== null && !isAnsweredId(idOf(context) as string, given)) return answer;
    try {
      answer.headers.set(shared.settings.header, idOf(context) as string);
      return answer;
    } catch {
      // The headers of a redirect or of a fetched response are immutable; those of a copy are not.
      const headers = new Headers(answer.headers);
      headers.set(shared.settings.header, idOf(context) as string);
      return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
    }
  },
};

interface LambdaEvent { httpMethod?: string; path?: string; rawPath?: string; requestContext?: { http?: { method?: string } } }

const LAMBDA: Kind = {
  asked: ({ httpMethod, path, rawPath, requestContext }: LambdaEvent) => [httpMethod ?? requestContext?.http?.method ?? 'GET', path ?? rawPath ?? '/'],
  answerOf(response) {
    const { statusCode } = (response ?? {}) as { statusCode?: unknown };
    return typeof statusCode === 'number' ? { statusCode } : undefined;
  },
  admit: (event: Received) => admit(event),
  echo(answer, context) {
    if (answer === null || typeof answer !== 'object' || !('statusCode' in answer)) return answer;
    const { headers, multiValueHeaders } = answer as { headers?: object; multiValueHeaders?: object };
    const { field, header } = shared.settings;
    if ([headers, multiValueHeaders].some((given) => Object.keys(given ?? {}).some((name) => name.toLowerCase() === field))) return answer;
    return { ...answer, headers: { ...headers, [header]: idOf(context) } };
  },
};

const MESSAGE: Kind = { admit: (message: Received) => admit(message), asked: ({ method, url }: http.IncomingMessage) => [method, url] };

function kindOf(request: unknown): Kind | undefined {
  if (request === null || typeof request !== 'object') return undefined;
  if (request instanceof Request) return FETCH;
  const { headers } = request as { headers?: unknown };
  if (headers === null || typeof headers !== 'object') return undefined;
  if (request instanceof http.IncomingMessage || typeof (request as { on?: unknown }).on === 'function') return MESSAGE;
  return LAMBDA;
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

import { idOf, shared } from '@corr/propagator/internal';
import { admit } from './admission';
import type { Headers } from './admission';
import type { Kind } from './handler';

type Fields = Record<string, unknown>;

/** An HTTP request as API Gateway, a function URL or a load balancer passes it on, and the answer to it. */
interface Event {
  headers?: Fields | null;
  /** All values of each field. A load balancer has either this or `headers`, and reads only the same of the answer. */
  multiValueHeaders?: Fields | null;
  httpMethod?: unknown;
  path?: string;
  rawPath?: string;
  requestContext?: { http?: { method?: string } } | null;
}
type Callback = (error: unknown, answer?: unknown) => unknown;

const isObject = (value: unknown): value is Fields => value !== null && typeof value === 'object';

/** From JSON; not a Koa context, and not an array of headers. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** True for such a request, parsed from JSON. Its headers may be `null`: those of the console's test are. */
export function isInvocation(event: Event): boolean {
  const { headers, httpMethod, multiValueHeaders, requestContext } = event;
  if (![event, headers, multiValueHeaders].every((each) => !isObject(each) || isPlain(each))) return false;
  return [headers, multiValueHeaders].some(isObject) || (headers === null && (typeof httpMethod === 'string' || isObject(requestContext)));
}

/** Handlers `(event, context) => answer` and `(event, context, callback)` of AWS Lambda. */
export const LAMBDA: Kind = {
  asked: ({ httpMethod, path, rawPath, requestContext }: Event) => [httpMethod ?? requestContext?.http?.method ?? 'GET', path ?? rawPath ?? '/'],
  answerOf(answer) {
    const { statusCode } = (answer ?? {}) as { statusCode?: unknown };
    return typeof statusCode === 'number' ? { statusCode } : undefined;
  },
  admit(event: Event, args) {
    const fields = { ...event.multiValueHeaders } as Headers;
    for (const [name, value] of Object.entries(event.headers ?? {})) if (namesOf(fields, name.toLowerCase()).length === 0) fields[name] = value as string;
    const context = admit({ headers: fields });
    const { field } = shared.settings;
    const multi = isObject(event.multiValueHeaders) ? { ...event.multiValueHeaders } : undefined;
    const single = isObject(event.headers) ? { ...event.headers } : multi === undefined ? {} : undefined;
    for (const name of [field, 'baggage']) {
      const value = name === field ? idOf(context) : fields[name];
      if (typeof value !== 'string') continue;
      if (single !== undefined) write(single, name, value);
      if (multi !== undefined) write(multi, name, [value]);
    }
    // A copy, because tests and local servers pass one event again and again.
    args[0] = { ...event, ...(single && { headers: single }), ...(multi && { multiValueHeaders: multi }) };
    return context;
  },
  echo(answer, context, event: Event) {
    if (!isObject(answer) || !('statusCode' in answer)) return answer;
    const { headers, multiValueHeaders } = answer as Event;
    const { field, header } = shared.settings;
    if ([headers, multiValueHeaders].some((given) => namesOf(given ?? {}, field).length > 0)) return answer;
    const id = idOf(context);
    // A load balancer reads of the answer what it has given of the request. API Gateway merges both.
    const isMulti = isObject(multiValueHeaders) || (isObject(event.multiValueHeaders) && !isObject(event.headers));
    const isSingle = isObject(headers) || !isMulti;
    return { ...answer, ...(isSingle && { headers: { ...headers, [header]: id } }), ...(isMulti && { multiValueHeaders: { ...multiValueHeaders, [header]: [id] } }) };
  },
  withCallback(args, through, failed) {
    const [, context, callback] = args as [unknown, Partial<Record<'done' | 'succeed' | 'fail', Callback>> | null | undefined, unknown];
    if (typeof callback !== 'function') return false;
    const telling = (tell: Callback): Callback => function (this: unknown, error, answer) {
      if (error === undefined || error === null) return Reflect.apply(tell, this, [error, through(answer)]);
      failed(error);
      return Reflect.apply(tell, this, [error, answer]);
    };
    const done = (args[2] = telling(callback as Callback));
    // The ways of the first Lambda, which are one with the callback.
    for (const [name, way] of Object.entries({ done, succeed: (answer: unknown) => done(null, answer), fail: (error: unknown) => done(error ?? new Error('failed')) })) {
      if (typeof context?.[name as 'done'] === 'function') Reflect.set(context, name, way);
    }
    return true;
  },
};

function namesOf(fields: Fields, name: string): string[] {
  return Object.keys(fields).filter((each) => each.toLowerCase() === name);
}

/** Replaces a field, in whatever case and how often it was given. */
function write(fields: Fields, name: string, value: unknown): void {
  const [first = name, ...others] = namesOf(fields, name);
  for (const other of others) Reflect.deleteProperty(fields, other);
  fields[first] = value;
}

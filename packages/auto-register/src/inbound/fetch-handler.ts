import { idOf, shared } from '@corr/propagator/internal';
import { isAnsweredId } from '../node/answered-ids';
import { admit } from './admission';
import type { Headers as Fields } from './admission';
import type { Kind } from './handler';

/** The Fetch API of Node, of the undici package or of a polyfill. */
interface Message { headers: Headers }

function isMessage(value: unknown): value is Message {
  const { headers } = (value ?? {}) as Partial<Message>;
  return typeof value === 'object' && headers !== null && typeof headers === 'object' && ['get', 'set', Symbol.iterator].every((name) => typeof headers[name as 'get'] === 'function');
}

/** True for a Fetch API request. */
export const isFetched = isMessage;

function isAnswer(value: unknown): value is Response {
  return isMessage(value) && typeof (value as Partial<Response>).status === 'number';
}

/** The ID that we have given to a response. */
const answered = new WeakMap<Response, string>();

/** Handlers `(Request) => Response`. */
export const FETCH: Kind = {
  asked: ({ method, url }: Request) => [method, url],
  answerOf: (response) => (isAnswer(response) ? { statusCode: response.status } : undefined),
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
    if (!isAnswer(answer)) return answer;
    const { field, header } = shared.settings;
    const id = idOf(context) as string;
    try {
      const before = answered.get(answer);
      if (before !== undefined) return before === id ? answer : copied(answer, header, id); // a constant, which answered another request
      const given = answer.headers.get(field);
      if (given !== null && !isAnsweredId(id, given)) return answer;
      answer.headers.set(header, id);
      answered.set(answer, id);
      return answer;
    } catch {
      return copied(answer, header, id);
    }
  },
};

/** The headers of a redirect or of a fetched response are immutable; those of a copy are not. `Response.error()` cannot be copied. */
function copied(answer: Response, header: string, id: string): Response {
  try {
    const headers = new Headers(answer.headers);
    headers.set(header, id);
    return new (classOf(answer))(answer.body, { status: answer.status, statusText: answer.statusText, headers });
  } catch {
    return answer;
  }
}

/** The class of the Fetch API that a response is of, or comes from: a derived one may have other parameters. */
function classOf(answer: Response): typeof Response {
  let at = answer as object | null;
  while (at !== null && (at.constructor as { name?: unknown } | undefined)?.name !== 'Response') at = Object.getPrototypeOf(at) as object | null;
  return (at?.constructor as typeof Response | undefined) ?? Response;
}

import { idOf, shared } from '@corr/propagator/internal';
import { isAnsweredId } from '../node/answered-ids';
import { admit } from './admission';
import type { Headers as Fields } from './admission';
import type { Kind } from './handler';

/** The Fetch API of Node, of the undici package or of a polyfill. */
interface Message { headers: Headers }

function isMessage(value: unknown): value is Message {
  const { headers } = (value ?? {}) as Partial<Message>;
  return typeof value === 'object' && headers !== null && typeof headers === 'object' && typeof headers.get === 'function' && typeof headers.set === 'function';
}

/** True for a Fetch API request. */
export const isFetched = isMessage;

function isAnswer(value: unknown): value is Response {
  return isMessage(value) && typeof (value as Partial<Response>).status === 'number';
}

const answered = new WeakSet<Response>();

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
      if (answered.has(answer)) return copied(answer, header, id); // a constant of the application, that another request was answered with
      const given = answer.headers.get(field);
      if (given !== null && !isAnsweredId(id, given)) return answer;
      answer.headers.set(header, id);
      answered.add(answer);
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
    return new (answer.constructor as typeof Response)(answer.body, { status: answer.status, statusText: answer.statusText, headers });
  } catch {
    return answer;
  }
}

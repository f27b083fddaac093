import { SourceError } from '../read';
import { oneLineOf } from '../show/text';

/** A store cannot be read: the command prints the message, one line, and exits with 2. */
export class StoreError extends SourceError {
  override name = 'StoreError';
}

const SECONDS = 60;
const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the host is not known',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to the host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS names a file with yours)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS names a file with yours)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS names a file with yours)',
};

export interface Ask {
  path: string;
  query?: Record<string, string>;
  /** JSON body; it makes the request a POST. */
  json?: unknown;
  signal?: AbortSignal | undefined;
  /** Explains a 404 and other errors that are specific to this product; `undefined` for all other errors. */
  meaning?(status: number, body: string): string | undefined;
}

/** A server of one product, reached by plain `fetch`. Every failure becomes a `StoreError` with a one-line message. */
export class Endpoint {
  /** `variables`: the variables to set if access is denied. */
  constructor(readonly name: string, private readonly base: URL, private readonly headers: Record<string, string>, private readonly variables: string) {}

  async ask({ path, query = {}, json, signal, meaning }: Ask): Promise<Response> {
    const url = new URL(this.base);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
    url.search = new URLSearchParams(query).toString();
    const ended = AbortSignal.timeout(SECONDS * 1000);
    const response = await fetch(url, {
      // After a redirect, credentials would go to any host that the server names.
      redirect: 'manual',
      headers: { ...this.headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      signal: signal === undefined ? ended : AbortSignal.any([ended, signal]),
      ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
    }).catch((error: unknown) => { throw this.unreachable(error); });
    if (response.ok) return response;

    const body = await response.text().catch(() => '');
    const { status } = response;
    const told = meaning?.(status, body);
    if (told !== undefined) throw new StoreError(`${this.name} ${told}`);
    if (status === 401 || status === 403) throw new StoreError(`${this.name} refuses the credentials (${status}): set ${this.variables}`);
    if (status >= 300 && status < 400) throw new StoreError(`${this.name} is elsewhere (${status}): give the address ${oneLineOf(response.headers.get('location') ?? 'that it names')}`);
    throw new StoreError(`${this.name} answers ${status}: ${oneLineOf(body) || 'nothing more'}`);
  }

  /** Like `ask`, with the response parsed as JSON. */
  async json(ask: Ask): Promise<Record<string, unknown>> {
    const response = await this.ask(ask);
    const text = await response.text().catch((error: unknown) => { throw this.unreachable(error); });
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    } catch { /* reported below */ }
    throw new StoreError(`${this.name} answers with what is no JSON: ${oneLineOf(text)}`);
  }

  /** The lines of a response as they arrive. */
  async *lines(ask: Ask): AsyncGenerator<string> {
    const { body } = await this.ask(ask);
    if (body === null) return;
    let rest = '';
    try {
      for await (const piece of body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
    } catch (error) {
      throw this.unreachable(error);
    }
    if (rest !== '') yield rest;
  }

  private unreachable(error: unknown): StoreError {
    if (error instanceof StoreError) return error;
    const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string; errors?: { code?: string }[] } };
    if (name === 'TimeoutError') return new StoreError(`${this.name} did not answer within ${SECONDS} s`);
    const code = cause?.code ?? cause?.errors?.[0]?.code ?? '';
    return new StoreError(`${this.name} cannot be reached: ${REASONS[code] ?? oneLineOf(cause?.message ?? message)}${code === '' ? '' : ` (${code})`}`);
  }
}

/** Splits off the last part of the path, which names what to read. */
export function targetOf(url: URL): { base: URL; target: string } {
  const base = new URL(url);
  base.search = '';
  base.hash = '';
  const parts = base.pathname.split('/').filter((part) => part !== '');
  const last = parts.pop() ?? '';
  base.pathname = `/${parts.join('/')}`;
  try {
    return { base, target: decodeURIComponent(last) };
  } catch {
    throw new StoreError('the address has an invalid % escape');
  }
}

/** Basic credentials; none without a user. */
export function basic(user: string | undefined, password: string | undefined): Record<string, string> {
  if (user === undefined || user === '') return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}

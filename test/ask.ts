import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export type Kind = 'http' | 'https' | 'http2' | 'http2s';

export interface Question {
  path: string;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
}

/** A response as received on the wire. */
export interface Answer {
  status: number;
  /** Header fields in order, names in lower case. */
  fields: [name: string, value: string][];
  text: string;
}

/** All values of a header field of a response. */
export function values({ fields }: Answer, name: string): string[] {
  return fields.filter(([field]) => field === name).map(([, value]) => value);
}

/** A client that keeps its connections, for servers of any kind on this machine; accepts any certificate. */
export class Client {
  private readonly agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true, rejectUnauthorized: false }),
  };
  private readonly sessions = new Map<number, http2.ClientHttp2Session>();

  ask(kind: Kind, port: number, question: Question): Promise<Answer> {
    return kind === 'http' || kind === 'https' ? this.askHttp(kind, port, question) : this.askHttp2(kind, port, question);
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
    for (const session of this.sessions.values()) session.destroy();
  }

  private async askHttp(kind: 'http' | 'https', port: number, { path, method = 'GET', headers = {}, body }: Question): Promise<Answer> {
    const { request } = kind === 'http' ? http : https;
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: this.agents[kind] }).end(body);
    const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode as number, fields: pairs(response.rawHeaders), text: await text(response) };
  }

  private async askHttp2(kind: 'http2' | 'http2s', port: number, { path, method = 'GET', headers = {}, body }: Question): Promise<Answer> {
    let session = this.sessions.get(port);
    if (session === undefined) {
      session = http2.connect(`${kind === 'http2' ? 'http' : 'https'}://127.0.0.1:${port}`, { rejectUnauthorized: false });
      this.sessions.set(port, session);
    }
    const stream = session.request({ ':path': path, ':method': method, ...headers }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [response, , raw] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status': number }, number, string[]];
    return { status: response[':status'], fields: pairs(raw).filter(([name]) => !name.startsWith(':')), text: await text(stream) };
  }
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [(raw[2 * i] as string).toLowerCase(), raw[2 * i + 1] as string]);
}

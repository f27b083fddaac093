import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked { method: string; path: string; query: URLSearchParams; headers: http.IncomingHttpHeaders; body: string }
export interface Answer { status?: number; body: unknown; headers?: Record<string, string> }

/**
 * A loopback server in place of a store that cannot run here. An exception in the handler becomes a 400, as a real store would
 * answer.
 */
export class Server {
  readonly asked: Asked[] = [];
  url = '';
  private constructor(private readonly server: http.Server) {}

  static async start(answer: (asked: Asked) => Answer): Promise<Server> {
    // A kept connection that ends while a slow test sends the next request would be an error.
    const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => void pieces.push(piece)).on('end', () => {
        const url = new URL(request.url ?? '', 'http://server');
        const asked: Asked = { method: request.method ?? '', path: decodeURIComponent(url.pathname), query: url.searchParams, headers: request.headers, body: Buffer.concat(pieces).toString() };
        self.asked.push(asked);
        let given: Answer;
        try {
          given = answer(asked);
        } catch (error) {
          given = { status: 400, body: { error: { reason: String(error) } } };
        }
        response.writeHead(given.status ?? 200, { 'content-type': 'application/json', ...given.headers });
        response.end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body));
      });
    });
    const self = new Server(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return self;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Fails for a field that the documentation does not mention. */
export function only(value: object, ...names: string[]): void {
  for (const name of Object.keys(value)) if (!names.includes(name)) throw new Error(`unknown [${name}]`);
}

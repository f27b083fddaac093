import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';

/** Addresses of a recorder, which are passed to an app unchanged. */
export interface Addresses {
  http: string;
  https: string;
  http2: string;
  /** http2 over TLS. */
  secureHttp2: string;
  socket: string;
}

/** A request as received on the wire: nothing joined, original case, duplicates kept. */
export class Recorded {
  readonly fields: [name: string, value: string][] = [];

  constructor(
    readonly method: string,
    readonly url: string,
    raw: readonly string[],
  ) {
    for (let i = 0; i + 1 < raw.length; i += 2) this.fields.push([raw[i] as string, raw[i + 1] as string]);
  }

  /** Every value of a field, in order of arrival. */
  all(name: string): string[] {
    return this.fields.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  }

  /** The name of the call under test, from the last part of the path. Only one call has no path. */
  get call(): string {
    if (this.url === '/') return 'http2 request without headers';
    const path = (this.url.split('?', 1)[0] as string).replace(/:\d+$/, '');
    return decodeURIComponent(path.split('/').at(-1) as string);
  }
}

const TLS = path.join(__dirname, 'fixtures/tls');

/** Certificate of the recorder, for an app's NODE_EXTRA_CA_CERTS. */
export const CERTIFICATE = path.join(TLS, 'cert.pem');

/**
 * Servers of every kind that record what they receive. They run in the test's own process, which has no preload.
 *
 * `/redirect?to=…` redirects; everything else, including an upgrade and a CONNECT, is answered with 200.
 */
export class Recorder {
  addresses = { http: '', https: '', http2: '', secureHttp2: '', socket: '' } as Addresses;
  private recorded: Recorded[] = [];
  private readonly servers: net.Server[] = [];
  private readonly sockets = new Set<Duplex>();
  private folder = '';

  static async start(host = '127.0.0.1'): Promise<Recorder> {
    const recorder = new Recorder();
    const keys = { key: readFileSync(path.join(TLS, 'key.pem')), cert: readFileSync(CERTIFICATE) };
    const plain = { requireHostHeader: false };
    const name = host.includes(':') ? `[${host}]` : host;
    const at = async (server: net.Server, scheme: string): Promise<string> => `${scheme}://${name}:${await recorder.listen(server, 0, host)}`;
    recorder.addresses.http = await at(http.createServer(plain), 'http');
    recorder.addresses.https = await at(https.createServer({ ...keys, ...plain }), 'https');
    recorder.addresses.http2 = await at(http2.createServer(), 'http');
    recorder.addresses.secureHttp2 = await at(http2.createSecureServer(keys), 'https');
    recorder.folder = mkdtempSync(path.join(os.tmpdir(), 'corr-'));
    recorder.addresses.socket = path.join(recorder.folder, 'http.sock');
    await recorder.listen(http.createServer(plain), recorder.addresses.socket);
    return recorder;
  }

  /** The requests recorded since the last time, of one call or of all. */
  take(): Recorded[] {
    return this.recorded.splice(0);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((closed) => server.close(closed))));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async listen(server: net.Server, at: number | string, host?: string): Promise<number> {
    const record = (request: http.IncomingMessage | http2.Http2ServerRequest): void => {
      this.recorded.push(new Recorded(request.method as string, request.url as string, request.rawHeaders));
    };
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      record(request);
      const to = new URL(request.url as string, 'http://recorder').searchParams.get('to');
      if (to !== null) response.writeHead(302, { location: to });
      request.resume().on('end', () => response.end(request.headers['content-type'] === 'application/json' ? '{}' : 'recorded'));
    });
    server.on('upgrade', (request: http.IncomingMessage, socket: Duplex) => {
      record(request);
      const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    });
    server.on('connect', (request: http.IncomingMessage, socket: Duplex) => {
      record(request);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
    });
    for (const event of ['connection', 'secureConnection']) {
      server.on(event, (socket: Duplex) => {
        this.sockets.add(socket);
        socket.on('close', () => this.sockets.delete(socket)).on('error', () => socket.destroy());
      });
    }
    this.servers.push(server);
    if (typeof at === 'string') server.listen(at);
    else server.listen(at, host);
    await once(server, 'listening');
    const address = server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  }
}

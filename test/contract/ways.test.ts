import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { NODE, PRELOAD } from '../app';
import { CERTIFICATE, Recorded, Recorder } from '../recorder';
import { WAYS, isSent, tableOfWays } from './ways';
import { itFrom } from '../breadth';

const ORIGIN = '127.0.0.1';
const OTHER = '127.0.0.2';
const LISTS: [list: string, listed: ReadonlySet<string> | undefined][] = [
  ['*', undefined],
  [ORIGIN, new Set(['origin'])],
  [OTHER, new Set(['other'])],
  [`${ORIGIN},${OTHER}`, new Set(['origin', 'other'])],
  ['127.0.0.0/30', new Set(['origin', 'other'])],
  ['localhost', new Set(['name'])],
  [`*,!${OTHER}`, new Set(['origin', 'name'])],
  [`!${ORIGIN},127.0.0.0/8`, new Set(['other'])],
  ['*,!10.0.0.0/8', new Set(['origin', 'other', 'name'])],
  ['nobody.example', new Set()],
];

// `npm run test:trace` runs the suites of this folder in trace mode.
const MODE = process.env['TEST_CORR_MODE'] ?? 'carry';

/** A forward proxy that records what it receives and passes it on: by absolute URL, and by CONNECT. */
async function startProxy(recorded: Recorded[]): Promise<http.Server> {
  const proxy = http.createServer((request, response) => {
    const url = new URL(request.url as string, 'http://recorder');
    recorded.push(new Recorded(request.method as string, url.pathname, request.rawHeaders));
    response.end('recorded');
  });
  proxy.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
    recorded.push(new Recorded('CONNECT', request.url as string, request.rawHeaders));
    const { hostname, port } = new URL(`http://${request.url}`);
    const up = net.connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      up.pipe(socket).pipe(up);
    });
    for (const [one, another] of [[socket, up], [up, socket]] as const) one.on('error', () => another.destroy()).on('close', () => another.destroy());
  });
  proxy.listen(0, OTHER);
  await once(proxy, 'listening');
  return proxy;
}

describe('a request on each route that it can take', function () {
  this.timeout(20_000);
  let origin: Recorder;
  let other: Recorder;
  let proxy: http.Server;
  const proxied: Recorded[] = [];
  const wayOf = ({ method, url, ...request }: Recorded): string =>
    method === 'CONNECT' ? `CONNECT ${(request as Recorded).fields.some(([name]) => name.toLowerCase() === 'x-way') ? 'by hand' : 'of a client'}` : decodeURIComponent(url.slice(1));

  before(async () => {
    [origin, other, proxy] = await Promise.all([Recorder.start(ORIGIN), Recorder.start(OTHER), startProxy(proxied)]);
  });
  after(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await Promise.all([origin.stop(), other.stop()]);
  });

  for (const [position, [list, listed]] of LISTS.entries()) {
    itFrom(position)(`has the ID only if CORR_PROPAGATE_TO=${list} allows it`, async () => {
      const port = (address: string): number => Number(new URL(address).port);
      const { http, https, http2, socket } = origin.addresses;
      const proxyPort = (proxy.address() as AddressInfo).port;
      const at = { origin: ORIGIN, other: OTHER, http: port(http), https: port(https), http2: port(http2), otherHttp2: port(other.addresses.http2), proxy: proxyPort, socket };
      const app = spawn(NODE, ['-r', PRELOAD, path.join(__dirname, '../fixtures/ways/app.cjs'), JSON.stringify(at)], {
        env: { CORR_MODE: MODE, OTEL_TRACES_EXPORTER: 'none', PATH: process.env['PATH'], CORR_PROPAGATE_TO: list, NODE_EXTRA_CA_CERTS: CERTIFICATE, NODE_NO_WARNINGS: '1', TEST_PROXY: `http://${OTHER}:${proxyPort}` },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      for (const stream of [app.stdout, app.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (out += text));
      await once(app, 'close');
      const { ways, failed } = JSON.parse(out) as { ways: string[]; failed: object };
      expect(failed).to.deep.equal({});
      expect(Object.keys(WAYS).filter((name) => WAYS[name]?.newer !== true)).to.include.members(ways.filter((name) => WAYS[name]?.newer !== true));

      const sent = new Map([...origin.take(), ...other.take(), ...proxied.splice(0)].map((request) => [wayOf(request), request]));
      expect([...sent.keys()].filter((name) => name !== 'CONNECT of a client')).to.have.members(ways);
      const expected = ways.map((name) => [name, isSent(WAYS[name] as (typeof WAYS)[string], listed) ? ['way-1', 'correlation.id=way-1'] : []]);
      const found = ways.map((name) => [name, ['correlation-id', 'baggage'].flatMap((field) => (sent.get(name) as Recorded).all(field))]);
      expect(found).to.deep.equal(expected);
      const connect = sent.get('CONNECT of a client');
      expect(connect?.fields.filter(([name]) => /correlation|baggage/i.test(name))).to.deep.equal([]);
    });
  }

  it('is in the table of docs/leak-control.md', () => {
    expect(readFileSync(path.join(__dirname, '../../docs/leak-control.md'), 'utf8')).to.include(tableOfWays());
  });
});

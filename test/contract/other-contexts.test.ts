import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { App, NODE } from '../app';

const NODE_MAJOR = execFileSync(NODE, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' });

describe('another context', () => {
  const received: http.IncomingMessage[] = [];
  const upstream = http.createServer((request, response) => {
    received.push(request);
    if (request.method === 'POST') return void request.resume().on('end', () => response.end('read'));
    response.write('one');
    setImmediate(() => response.end('two'));
    return undefined;
  });
  for (const [event, status] of [['upgrade', '101 Switching Protocols'], ['connect', '200 OK']] as const) {
    upstream.on(event, (_: unknown, socket: Duplex) => {
      socket.on('error', () => {}).write(`HTTP/1.1 ${status}\r\n${event === 'upgrade' ? 'Connection: Upgrade\r\nUpgrade: test\r\n' : ''}\r\n`);
      setImmediate(() => socket.end('hi'));
    });
  }
  const upstream2 = http2.createServer();
  upstream2.on('stream', (stream, { ':path': path }) => {
    stream.on('error', () => {});
    if (path === '/push/b') {
      stream.pushStream({ ':path': '/pushed' }, (_, pushed) => {
        pushed.respond();
        setImmediate(() => pushed.end('pushed'));
      });
    }
    if (path?.startsWith('/push/') === true) stream.end('x');
  });
  upstream2.on('session', (session) => void session.on('error', () => {}));
  let app: App;
  let url: string;
  const ask = async (path: string, id: string): Promise<string> =>
    (await fetch(`${url}${path}`, { headers: { 'Correlation-Id': id } })).text();
  const idsOf = (t: string): unknown[] => [...new Set(app.lines.filter((line) => line['t'] === t).map((line) => line.correlation_id))];

  before(async () => {
    await Promise.all([once(upstream.listen(0, '127.0.0.1'), 'listening'), once(upstream2.listen(0, '127.0.0.1'), 'listening')]);
    const [first, second] = [upstream, upstream2].map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    app = App.start('clients/other-contexts.cjs', { args: [first as string, second as string] });
    url = `http://127.0.0.1:${await app.port()}`;
  });

  after(async () => {
    await app.stop();
    upstream.closeAllConnections();
    await Promise.all([upstream, upstream2].map((server) => new Promise((closed) => void server.close(closed))));
  });

  for (const version of [5, 6, 7]) {
    it(`is not used for a body of undici ${version} on a connection that another request opened`, async () => {
      for (const t of ['a', 'b', 'c']) await ask(`/body?version=${version}&t=${t}${version}`, `id-${t}`);
      for (const t of ['a', 'b', 'c']) {
        await app.line((line) => line['t'] === `${t}${version}` && line.msg === 'body end');
        expect(idsOf(`${t}${version}`)).to.deep.equal([`id-${t}`]);
      }
    });
  }

  for (const version of [5, 6, 7, 8]) {
    for (const kind of ['upgrade', 'connect']) {
      (version === 8 && Number(NODE_MAJOR) < 22 ? it.skip : it)(`is not used for a socket by ${kind}() of undici ${version} on a connection that another request opened`, async () => {
        const of = (t: string): string => `${t}${version}${kind}`;
        const query = `version=${version}&kind=${kind}`;
        await ask(`/socket?${query}&path=request&t=${of('a')}`, 'id-a');
        await ask(`/socket?${query}&path=${kind}&t=${of('b')}`, 'id-b');
        await app.line((line) => line['t'] === of('b') && line.msg === 'socket close');
        expect(app.lines.filter((line) => line['t'] === of('b')).map(({ msg, correlation_id: id }) => [msg, id])).to.deep.equal([['socket data', 'id-b'], ['socket close', 'id-b']]);
      });
    }
  }

  for (const version of [5, 6, 7, 8]) {
    for (const kind of ['generator', 'Readable', 'fetch by ReadableStream']) {
      (version === 8 && Number(NODE_MAJOR) < 22 ? it.skip : it)(`is not used to read a body that undici ${version} sends piece by piece over the only connection: ${kind}`, async () => {
        const tokens = ['a', 'b', 'c'].map((name) => `${name}${version}${kind}`);
        await Promise.all(tokens.map((t, i) => ask(`/sent?version=${version}&kind=${kind}&t=${t}`, `id-sent-${i}`)));
        for (const [i, t] of tokens.entries()) {
          await app.line((line) => line['t'] === t && line['i'] === 2);
          expect(idsOf(t)).to.deep.equal([`id-sent-${i}`]);
        }
      });
    }
  }

  it('is not used for a stream that a server pushes, since nobody says whose it is', async () => {
    await ask('/push?t=a', 'id-a');
    const closed = app.line((line) => line.msg === 'pushed close');
    await ask('/push?t=b', 'id-b');
    await closed;
    const pushed = app.lines.filter((line) => line['t'] === 'pushed');
    expect(pushed.map(({ msg }) => msg)).to.have.members(['pushed push', 'pushed data', 'pushed end', 'pushed close']);
    expect([...new Set(pushed.map((line) => line.correlation_id))]).to.deep.equal(['Internal']);
  });

  it("is not used for an http2 stream in a session that another request opened", async () => {
    const first = ask('/stream?t=first', 'id-first');
    await Promise.all([first, ask('/stream?t=last', 'id-last')]);
    for (const t of ['first', 'last']) {
      await app.line((line) => line['t'] === t && line.msg === 'stream close');
      expect(idsOf(t)).to.deep.equal([`id-${t}`]);
    }
  });

  it('gives no ID to a call that was created outside a request and is sent in one', async () => {
    await ask('/early?t=early', 'id-early');
    expect(received.find((request) => request.url === '/early')?.headers).to.not.have.property('correlation-id');
  });

  it("leaves no other ID in the baggage of a request that has its own ID", async () => {
    const headers = { 'Correlation-Id': 'id-own', baggage: 'a=1,correlation.id=stranger,b=2' };
    const baggage = await (await fetch(`${url}/baggage`, { headers })).json();
    expect(baggage).to.deep.equal(['a=1,b=2,correlation.id=id-own', 'a=1,b=2,correlation.id=id-own']);
  });

  it('does not break a response that has lost its request', async () => {
    expect(await ask('/odd', 'id-odd')).to.equal('odd');
  });
});

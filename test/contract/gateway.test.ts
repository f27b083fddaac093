import { expect } from 'chai';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { App, PRELOAD } from '../app';
import { Client, values } from '../ask';
import type { Kind } from '../ask';
import { describeInFull } from '../breadth';
import { Wire, head } from '../wire';

/** An upstream that answers everything with its own ID. */
async function upstream(name: string): Promise<{ server: http.Server; url: string }> {
  let count = 0;
  const server = http.createServer((_request, response) => {
    response.setHeader('correlation-id', `${name}-${++count}`).setHeader('x-own', 'kept').end('answer');
  });
  server.on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nCorrelation-Id: ${name}-${++count}\r\nUpgrade: websocket\r\nX-Own: kept\r\n\r\nhello`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

for (const { where, before: earlier } of [
  { where: '', before: [] },
  { where: ', where header blocks cannot be reached', before: ['-r', path.join(__dirname, '../fixtures/fallback/unrendered.cjs')] },
]) {
  (where === '' ? describe : describeInFull)(`a gateway that copies its upstream's response headers${where}`, () => {
    const client = new Client();
    let app: App;
    let servers: http.Server[];
    const ports = {} as Record<Kind, number>;

    before(async () => {
      const [one, two] = await Promise.all([upstream('one'), upstream('two')]);
      servers = [one.server, two.server];
      app = App.start('gateway/app.cjs', { args: [one.url, two.url], preload: 'none', nodeArgs: [...earlier, '-r', PRELOAD] });
      for (const kind of ['http', 'http2'] as const) ports[kind] = (await app.line((line) => line.msg === 'listening' && line['kind'] === kind))['port'] as number;
    });
    after(async () => {
      client.close();
      await app.stop();
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    });

    for (const way of ['writeHead', 'raw', 'setHeader', 'fetch', 'undici', 'both', 'cached']) {
      it(`returns its own request's ID: ${way}`, async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, async (_, i) => [`${way}-${i}`, await client.ask('http', ports.http, { path: `/${way}`, headers: { 'correlation-id': `${way}-${i}` } })] as const));
        for (const [id, answer] of answers) {
          expect(values(answer, 'correlation-id')).to.deep.equal([id]);
          if (way !== 'both') expect(values(answer, 'x-own')).to.deep.equal(['kept']);
        }
      });
    }

    it('does so in the answer to an upgrade', async () => {
      const port = (await app.line((line) => line.msg === 'listening' && line['kind'] === 'http-proxy'))['port'] as number;
      const wire = await Wire.open(port);
      wire.write(head('GET', '/', 'upgraded', 'Connection: Upgrade', 'Upgrade: websocket'));
      const answer = await wire.until('hello');
      expect(answer.match(/^correlation-id: .*(?=\r)/gim)).to.deep.equal(['Correlation-Id: upgraded']);
      expect(answer).to.match(/^HTTP\/1\.1 101 Switching Protocols\r\n/).and.match(/\r\nX-Own: kept\r\n(?:.*\r\n)*\r\nhello$/i);
      wire.socket.destroy();
    });

    it('does so by http-proxy and by @fastify/reply-from', async () => {
      for (const kind of ['http-proxy', 'reply-from']) {
        const port = (await app.line((line) => line.msg === 'listening' && line['kind'] === kind))['port'] as number;
        const answers = await Promise.all(Array.from({ length: 20 }, async (_, i) => [`${kind}-${i}`, await client.ask('http', port, { path: '/', headers: { 'correlation-id': `${kind}-${i}` } })] as const));
        for (const [id, answer] of answers) expect([values(answer, 'correlation-id'), values(answer, 'x-own')], id).to.deep.equal([[id], ['kept']]);
      }
    });

    it('does so over http2, and with a Response that a handler returns', async () => {
      const answer = await client.ask('http2', ports.http2, { path: '/', headers: { 'correlation-id': 'h2-1' } });
      expect(values(answer, 'correlation-id')).to.deep.equal(['h2-1']);
      expect(await app.line((line) => line.msg === 'handled')).to.include({ returned: 'handler-1' });
    });

    it('returns an ID that the application sets on purpose, before or after its upstream answers', async () => {
      for (const way of ['late', 'own']) {
        const answer = await client.ask('http', ports.http, { path: `/${way}`, headers: { 'correlation-id': `p-${way}` } });
        expect(values(answer, 'correlation-id'), way).to.deep.equal(['on-purpose']);
      }
    });

    it('reads the copied ID with getHeader until the head is sent, and then the ID that was sent', async () => {
      await client.ask('http', ports.http, { path: '/setHeader', headers: { 'correlation-id': 'seen-1' } });
      const lines = [await app.line((line) => line.msg === 'copied' && line.correlation_id === 'seen-1'), await app.line((line) => line.msg === 'sent' && line.correlation_id === 'seen-1')];
      expect(lines[0]?.['before']).to.match(/^one-\d+$/);
      expect(lines[1]).to.include({ after: 'seen-1' });
    });
  });
}

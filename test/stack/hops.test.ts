import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { App } from '../app';
import { needs } from './debian';
import { Program, freePort } from './program';

const ENV = { CORR_HOPS: 'true' };

async function get(port: number, headers: http.OutgoingHttpHeaders): Promise<void> {
  const [response] = (await once(http.get({ port, host: '127.0.0.1', headers, agent: false }), 'response')) as [http.IncomingMessage];
  await once(response.resume(), 'end');
}

describe('hops through services without hops', () => {
  const apps: App[] = [];
  const start = (...args: string[]): App => {
    const app = App.start('hops/service.cjs', { env: ENV, args });
    apps.push(app);
    return app;
  };
  afterEach(() => Promise.all(apps.splice(0).map((app) => app.stop())));

  const hopOf = async (app: App, id: string): Promise<string> => String((await app.line((line) => line.msg === 'visited' && line.correlation_id === id))['hop']);

  it('differ if nginx sends one request to three upstreams', async function () {
    needs(this, 'nginx');
    const upstreams = [start('503'), start('503'), start('200')];
    const ports = await Promise.all(upstreams.map((app) => app.port()));
    const port = await freePort();
    const nginx = new Program('nginx', ['-p', '.', '-e', 'stderr', '-c', 'nginx.conf'], path.join(__dirname, '../fixtures/hops/nginx'), { 8080: port, 3001: ports[0] as number, 3002: ports[1] as number, 3003: ports[2] as number });
    try {
      await nginx.listening(port);
      const caller = start('200', `http://127.0.0.1:${port}/`);
      await get(await caller.port(), { 'correlation-id': 'edge-1' });
      const root = await hopOf(caller, 'edge-1');
      const hops = await Promise.all(upstreams.map((app) => hopOf(app, 'edge-1')));
      for (const hop of hops) expect(hop).to.match(new RegExp(`^${root}\\.1-[0-9a-z]{3}$`));
      expect(new Set(hops).size, 'each has an entry of its own').to.equal(3);
      expect(await caller.line((line) => line['call'] === `${root}.1`)).to.deep.include({ res: { statusCode: 200 }, msg: 'call completed' });
    } finally {
      await nginx.stop();
    }
  });

  it('continue behind a service that passes its baggage on to two others, and start again behind one that passes only the ID on', async () => {
    const [first, second] = [start('200'), start('200')];
    const ports = await Promise.all([first, second].map((app) => app.port()));
    let passed: string[] = ['correlation-id', 'baggage'];
    const foreign = http.createServer((request, response) => {
      const headers = Object.fromEntries(passed.map((name) => [name, request.headers[name] as string]));
      void Promise.all(ports.map((port) => get(port, headers))).then(() => response.end());
    });
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    try {
      const caller = start('200', `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
      await get(await caller.port(), { 'correlation-id': 'foreign-1' });
      const root = await hopOf(caller, 'foreign-1');
      const hops = [await hopOf(first, 'foreign-1'), await hopOf(second, 'foreign-1')];
      for (const hop of hops) expect(hop).to.match(new RegExp(`^${root}\\.1-[0-9a-z]{3}$`));
      expect(new Set(hops).size).to.equal(2);

      passed = ['correlation-id'];
      await get(await caller.port(), { 'correlation-id': 'foreign-2' });
      expect(await hopOf(first, 'foreign-2')).to.match(/^[0-9a-z]{4}$/);
    } finally {
      foreign.close();
      foreign.closeAllConnections();
    }
  });

  it('are not taken from an untrusted client, and its numbers are not sent on', async () => {
    const last = start('200');
    const edge = App.start('hops/service.cjs', { env: { ...ENV, CORR_TRUST_INCOMING: 'false' }, args: ['200', `http://127.0.0.1:${await last.port()}/`] });
    apps.push(edge);
    const known = start('200', `http://127.0.0.1:${await edge.port()}/`);
    await get(await known.port(), { 'correlation-id': 'client-1' });
    const visited = await edge.line((line) => line.msg === 'visited');
    expect(visited['correlation_id']).to.not.equal('client-1');
    expect(visited['hop'], 'a number that is bound to another ID').to.match(/^[0-9a-z]{4}$/);
    const [, sent] = /correlation\.hop=([^.]+)/.exec(String((await last.line((line) => line.msg === 'visited'))['baggage'])) ?? [];
    expect(sent, 'the application copied the baggage that came').to.equal(visited['hop']);

    for (const hop of ['k3f9.2', 'k3f9.2..0000', '"},{"level":60,"msg":"forged', '\\u0000', 'x'.repeat(200), `${'1.'.repeat(40)}1..0000`, '<script>', '../../etc']) {
      await get(await edge.port(), { 'correlation-id': 'client-2', baggage: `correlation.hop=${hop}` });
    }
    await get(await edge.port(), { 'correlation-id': 'last' });
    for (const line of edge.lines.filter((each) => each['hop'] !== undefined)) expect(line['hop']).to.match(/^[0-9a-z]{4}$/);
    expect(edge.other).to.equal('');
    const members = last.lines.filter((line) => line.msg === 'visited').map((line) => String(line['baggage']).split(',').filter((member) => member.includes('correlation.hop')));
    for (const member of members) expect(member).to.have.length(1);
  });
});

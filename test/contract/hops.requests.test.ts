import { expect } from 'chai';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { App } from '../app';
import type { Line, StartOptions } from '../app';
import { Client } from '../ask';
import type { Kind } from '../ask';
import { CORE } from '../breadth';

const KINDS: Record<string, Kind[]> = { none: ['http', 'https', 'http2', 'http2s'], stream: ['http2', 'http2s'], express: ['http', 'https'], fastify: ['http', 'https', 'http2', 'http2s'], koa: ['http', 'http2'], hapi: ['http', 'http2'], nest: ['http'] };
const PACKAGES: Record<string, string> = { hapi: '@hapi/hapi', nest: '@nestjs/core', none: '-', stream: '-' };
const OPTIONS = { env: { CORR_HOPS: 'true', NODE_NO_WARNINGS: '1' } };

/** Lines that say that a request is complete, ours or the application's. */
function isEnding({ msg, res, err }: Line): boolean {
  return /^request (completed|aborted|errored)$/.test(String(msg)) && (res !== undefined || msg === 'request aborted' || err !== undefined);
}

async function ended(app: App, id: string): Promise<Line> {
  return app.line((line) => line.correlation_id === id && isEnding(line));
}

describe('hops of requests', () => {
  // In a cell of the version matrix: only what does not depend on a framework.
  for (const [routes, kinds] of Object.entries(KINDS).filter(([name]) => !CORE || name === 'none' || name === 'fastify')) {
    describe(routes, () => {
      const client = new Client();
      let app: App;
      const ports: [Kind, number][] = [];

      before(async () => {
        app = App.start('servers/app.cjs', { ...OPTIONS, args: [routes, PACKAGES[routes] ?? routes, ...kinds] });
        for (const kind of kinds) ports.push([kind, (await app.line((line) => line.msg === 'listening' && line['kind'] === kind))['port'] as number]);
      });
      after(async () => {
        client.close();
        await app.stop();
      });

      it('have one line when they end, with the number of their hop', async () => {
        for (const [kind, port] of ports) {
          for (const path of ['/plain', '/throws', '/stream', '/status/204']) {
            const id = `${routes}-${kind}-${path}`;
            const { status } = await client.ask(kind, port, { path: `${path}?t=t1&secret=1`, headers: { 'correlation-id': id } });
            const line = await ended(app, id);
            expect(line['res'], id).to.deep.equal({ statusCode: status });
            expect(line['hop'], id).to.match(/^[0-9a-z]{4}$/);
            if (routes === 'fastify') continue; // fastify writes its own line
            expect(line, id).to.include({ level: status >= 500 ? 40 : 30, msg: 'request completed' });
            expect(line['req'], id).to.deep.equal({ method: 'GET', url: path });
            expect(line['responseTime'], id).to.be.a('number').above(0);
            expect(line['start'], id).to.be.within(Date.now() - 60_000, Date.now() + 1);
          }
        }
        const all = app.lines.filter(isEnding);
        for (const { correlation_id: id } of all) expect(all.filter((line) => line.correlation_id === id), id).to.have.length(1);
        // Each line of a request has the number of its hop, and no other request has that number.
        const hops = new Map<string, string>();
        for (const { correlation_id: id = '', hop } of app.lines.filter((line) => line['t'] !== undefined)) {
          expect(hop, id).to.be.a('string');
          expect(hops.get(String(hop)) ?? id).to.equal(id);
          hops.set(String(hop), id);
        }
      });

      it('continue the number that arrived with their ID, and start a new one otherwise', async () => {
        const [kind, port] = ports[0] as [Kind, number];
        const lineOf = async (id: string, baggage: string): Promise<string> => {
          await client.ask(kind, port, { path: '/plain?t=t1', headers: { 'correlation-id': id, baggage } });
          return String((await ended(app, id))['hop']);
        };
        const hash = (id: string): string => {
          let value = 0x811c9dc5;
          for (const character of id) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193);
          return ((value >>> 0) % 36 ** 4).toString(36).padStart(4, '0');
        };
        expect(await lineOf('bound-1', `a=1,correlation.hop=k3f9.2..${hash('bound-1')}`)).to.match(/^k3f9\.2-[0-9a-z]{3}$/);
        expect(await lineOf('bound-2', `correlation.hop=k3f9.2..${hash('bound-1')},correlation.hop=k3f9.3..${hash('bound-2')}`), 'the first of two counts').to.match(/^[0-9a-z]{4}$/);
        expect(await lineOf('bound-3', 'correlation.hop=k3f9.2')).to.match(/^[0-9a-z]{4}$/);
        expect(await lineOf('bound-4', `correlation.hop=k3f9${'.1-abc'.repeat(30)}.2..${hash('bound-4')}`)).to.match(/^[0-9a-z]{4}$/);
      });
    });
  }

  it('are recorded by the application if it does so, and otherwise by the logger of the request or of the process', async () => {
    const app = App.start('hops/own-lines.cjs', OPTIONS);
    const own: Record<string, boolean> = {
      plain: false, 'pino-http': true, 'pino-http, told to write none': false, 'pino-http, names of its own': true, fastify: true, 'fastify, told to write none': false, 'nestjs-pino': true,
    };
    const client = new Client();
    try {
      for (const [name, isOwn] of Object.entries(own)) {
        const port = (await app.line((line) => line['name'] === name))['port'] as number;
        const ask = async (path: string, status: number): Promise<Line> => {
          const id = `${name.replaceAll(/\W+/g, '-')}-${path}`;
          await client.ask('http', port, { path: `/${path}?q=1`, headers: { 'correlation-id': id } });
          const line = await app.line((each) => each.correlation_id === id && (each['res'] ?? each['response']) !== undefined);
          expect(line['res'] ?? line['response'], id).to.include({ statusCode: status });
          expect(line['hop'], id).to.match(/^[0-9a-z]{4}$/);
          expect(line['start'] === undefined, `${id} is the application's own line`).to.equal(isOwn);
          return line;
        };
        const lines = [await ask('ok', 200), await ask('bad', 503)];
        if (!isOwn) expect(lines.map(({ level }) => level), name).to.deep.equal([30, 40]);
        if (name.startsWith('fastify')) expect(lines[0]?.['reqId'], name).to.be.a('string');
        // fastify writes no line for an aborted request.
        const id = `${name.replaceAll(/\W+/g, '-')}-slow`;
        const request = http.get({ host: '127.0.0.1', port, path: '/slow', headers: { 'correlation-id': id }, agent: false });
        request.on('error', () => undefined);
        await app.line((line) => line.correlation_id === id && line.msg === 'handler');
        request.destroy();
        const aborted = await app.line((line) => line.correlation_id === id && /abort/.test(String(line.msg)));
        if (!isOwn || name === 'fastify') expect(aborted, name).to.include({ level: 40, msg: 'request aborted' }).and.not.have.property('res');
        if (name === 'plain') {
          // A line with the response that does not say how long it took.
          await client.ask('http', port, { path: '/after', headers: { 'correlation-id': 'after-end' } });
          const after = await app.line((line) => line.correlation_id === 'after-end' && line['responseTime'] !== undefined);
          expect(after).to.include({ level: 40, msg: 'request completed' });
        }
        if (name === 'fastify') {
          // fastify says then that the stream of the response was closed, and no more.
          const streamed = http.get({ host: '127.0.0.1', port, path: '/stream', headers: { 'correlation-id': 'cut-stream' }, agent: false }, (response) => void response.on('error', () => undefined).on('data', () => streamed.destroy()));
          streamed.on('error', () => undefined);
          const cut = await app.line((line) => line.correlation_id === 'cut-stream' && line['responseTime'] !== undefined);
          expect(cut).to.deep.include({ level: 40, msg: 'request aborted', req: { method: 'GET', url: '/stream' } });
        }
      }
      for (const { correlation_id: id } of app.lines.filter((line) => line['responseTime'] !== undefined)) {
        expect(app.lines.filter((line) => line.correlation_id === id && line['responseTime'] !== undefined), id).to.have.length(1);
      }
    } finally {
      client.close();
      await app.stop();
    }
  });

  const setups: Record<string, StartOptions> = {
    'this mode': OPTIONS,
    'trace mode': { env: { ...OPTIONS.env, CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none' } },
    "the application's own OpenTelemetry setup": { ...OPTIONS, preload: 'none', nodeArgs: ['-r', path.join(__dirname, '../fixtures/hops/own-setup.cjs')] },
  };
  for (const [setup, options] of Object.entries(setups)) it(`are recorded once with any options of pino-http, in ${setup}`, async () => {
    const own: Record<string, boolean> = {
      'pino-http, objects of its own': true, 'pino-http, objects of its own and few fields': true, 'pino-http, quiet': true, 'pino-http, http2': true,
      'pino-http, an error of the response': true, 'pino-http, told to be silent, lines at the end': false,
      'pino-http, told to ignore': false, 'pino-http, told to be silent': false, 'pino-http, told to write none, a line at the end': false,
    };
    const app = App.start('hops/own-lines.cjs', { ...options, args: Object.keys(own) });
    const client = new Client();
    try {
      for (const [name, isOwn] of Object.entries(own)) {
        const port = (await app.line((line) => line['name'] === name))['port'] as number;
        const kind = name.endsWith('http2') ? 'http2' : 'http';
        const isEnd = (line: Line): boolean => line['mine'] === 'ended' || line['start'] !== undefined || line['res'] !== undefined;
        for (const path of kind === 'http2' ? ['ok'] : ['ok', 'bad', 'slow']) {
          const id = `${name.replaceAll(/\W+/g, '-')}-${path}`;
          if (path === 'slow') {
            const request = http.get({ host: '127.0.0.1', port, path: '/slow', headers: { 'correlation-id': id }, agent: false });
            request.on('error', () => undefined);
            await app.line((line) => line.correlation_id === id && line.msg === 'handler');
            request.destroy();
          } else await client.ask(kind, port, { path: `/${path}`, headers: { 'correlation-id': id } });
          await app.line((line) => line.correlation_id === id && isEnd(line));
          await client.ask(kind, port, { path: '/ok', headers: { 'correlation-id': `after-${id}` } });
          await app.line((line) => line.correlation_id === `after-${id}` && isEnd(line));
          const ends = app.lines.filter((line) => line.correlation_id === id && isEnd(line));
          expect(ends.map((line) => line['start'] === undefined), id).to.deep.equal([isOwn]);
        }
      }
    } finally {
      client.close();
      await app.stop();
    }
  });

  it('have a line too if Node itself answers', async () => {
    const app = App.start('servers/app.cjs', { ...OPTIONS, args: ['none', '-', 'http'] });
    try {
      const socket = net.connect(await app.port(), '127.0.0.1');
      socket.resume().write('GET / HTTP/1.1\r\nHost: a\r\nExpect: nothing-known\r\nCorrelation-Id: expects\r\n\r\n');
      expect(await ended(app, 'expects')).to.deep.include({ req: { method: 'GET', url: '/' }, res: { statusCode: 417 } });
      socket.destroy();
    } finally {
      await app.stop();
    }
  });
});

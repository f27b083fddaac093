import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { App, NODE, PRELOAD } from '../app';
import { ClientApp, carries, kept, namesOf } from '../client-app';
import type { Run } from '../client-app';
import { Recorder } from '../recorder';

const HTTP = namesOf('http');
/** Requests whose headers Node has rendered before any documented API could add to them. */
const OUT_OF_REACH = [
  'http.request with a flat array',
  'http.request with pairs',
  'http.request with a frozen array',
  'https.request with a flat array',
  'http.request that expects 100-continue',
  // Node 20 reveals a new request only when it sets its headers, and here it sets none.
  ...(execFileSync(NODE, ['-p', 'process.versions.node'], { encoding: 'utf8' }).startsWith('20.') ? ['http.request without a Host header'] : []),
];
const WRITES = [
  'end()',
  'write()',
  'setHeader()',
  'writeHead(status)',
  'writeHead(status, text)',
  'writeHead(object)',
  'writeHead(text, object)',
  'writeHead(flat array)',
  'writeHead(pairs)',
  'writeHead(empty array)',
  'setHeader() and writeHead(object)',
  'flushHeaders()',
];
const OWN = ['own setHeader()', 'own writeHead(object)', 'own writeHead(flat array)', 'own writeHead(pairs)'];

for (const { title, nodeArgs } of [
  { title: 'rendered header blocks', nodeArgs: ['-r', PRELOAD] },
  { title: 'the fallback, on a Node whose header blocks cannot be reached', nodeArgs: ['-r', path.join(__dirname, '../fixtures/fallback/unrendered.cjs'), '-r', PRELOAD] },
]) {
  const fallback = title.startsWith('the fallback');

  describe(title, () => {
    describe('of responses', () => {
      let app: App;

      before(() => {
        app = App.start('fallback/server.cjs', { preload: 'none', nodeArgs, env: { CORR_EXPOSE: 'true' } });
      });

      after(() => app.stop());

      async function fieldsOf(route: string): Promise<(name: string) => string[]> {
        const port = await app.port();
        const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
          const headers = { 'Correlation-Id': 'client-1' };
          http.get({ host: '127.0.0.1', port, path: `/${encodeURIComponent(route)}`, agent: false, headers }, resolve).on('error', reject);
        });
        await new Promise((ended) => response.resume().on('end', ended));
        const { rawHeaders } = response;
        return (name) => rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
      }

      for (const route of WRITES) {
        it(`${route} returns the ID, with the application's own fields`, async () => {
          const fields = await fieldsOf(route);
          expect(fields('correlation-id')).to.deep.equal(['client-1']);
          expect(fields('access-control-expose-headers')).to.deep.equal(['Correlation-Id']);
          if (/object|array\)|pairs|^setHeader/.test(route) && !route.includes('empty')) expect(fields('x-app')).to.deep.equal(['1']);
          if (/^writeHead\(.*(object|flat|pairs)/.test(route)) expect(fields('set-cookie')).to.deep.equal(['a=1', 'b=2']);
          expect(await app.line(({ url }) => url === `/${encodeURIComponent(route)}`)).to.include({ correlation_id: 'client-1' });
        });
      }

      for (const route of OWN) {
        it(`${route} wins`, async () => {
          expect((await fieldsOf(route))('correlation-id')).to.deep.equal(['own-1']);
        });
      }

      it('removeHeader() keeps the ID out', async () => {
        expect((await fieldsOf('removeHeader()'))('correlation-id')).to.deep.equal([]);
      });

      it('Access-Control-Expose-Headers gets the header appended', async () => {
        expect((await fieldsOf('expose'))('access-control-expose-headers')).to.deep.equal(['X-App, Correlation-Id']);
      });
    });

    if (fallback) {
      describe('of requests', () => {
        let recorder: Recorder;
        let app: ClientApp;
        let inside: Run;
        let own: Run;

        before(async () => {
          recorder = await Recorder.start();
          app = ClientApp.start('clients/app.cjs', recorder, { preload: 'none', nodeArgs });
          inside = await app.inside('http');
          own = await app.inside('http', { own: { 'CORRELATION-ID': 'own-1' } });
        });

        after(async () => {
          await app.stop();
          await recorder.stop();
        });

        for (const call of [...HTTP.bare, ...HTTP.calls].filter((name) => !OUT_OF_REACH.includes(name))) {
          it(`${call} carries the ID once`, () => {
            for (const request of inside.of(call)) carries(request, 'client-1');
          });
        }
        for (const call of HTTP.calls.filter((name) => OUT_OF_REACH.includes(name))) {
          it(`${call} is sent as the application made it`, () => {
            for (const request of inside.of(call)) kept(request);
          });
        }
        for (const call of HTTP.calls) {
          it(`${call} sends the application's own ID once`, () => {
            for (const request of own.of(call)) {
              expect(request.all('correlation-id')).to.deep.equal(['own-1']);
              kept(request);
            }
          });
        }
      });
    }
  });
}

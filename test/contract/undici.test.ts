import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { App, NODE } from '../app';
import { ClientApp, baggageOf, carries, kept, namesOf } from '../client-app';
import type { Run } from '../client-app';
import { Recorder } from '../recorder';
import { QUICK, itInFull } from '../breadth';

const FETCH = namesOf('fetch');
const NAMES = [...FETCH.bare, ...FETCH.calls];
const NODE_VERSION = execFileSync(NODE, ['-p', 'process.version'], { encoding: 'utf8' }).trim();
const loads = (version: number): boolean => NAMES.some((name) => name.startsWith(`undici ${version} `));

describe('fetch and undici', () => {
  let recorder: Recorder;

  before(async () => {
    recorder = await Recorder.start();
  });

  after(() => recorder.stop());

  for (const version of [5, 6, 7, 8]) {
    if (!loads(version)) it(`undici ${version}: skipped, because it does not load on Node ${NODE_VERSION}`);
  }

  describe('calls', () => {
    let app: ClientApp;
    let outside: Run;
    let inside: Run;
    let own: Run;

    before(async () => {
      app = ClientApp.start('clients/app.cjs', recorder, { atStart: ['fetch'] });
      outside = await app.outside('fetch');
      inside = await app.inside('fetch');
      own = await app.inside('fetch', { own: { 'CORRELATION-ID': 'own-1' } });
    });

    after(() => app.stop());

    for (const call of NAMES) {
      it(`${call} sends nothing of ours outside a request`, () => {
        for (const request of outside.of(call)) {
          expect(request.all('correlation-id')).to.deep.equal([]);
          expect(baggageOf(request)).to.deep.equal([]);
        }
      });
      it(`${call} carries the ID once`, () => {
        for (const request of inside.of(call)) carries(request, 'client-1');
      });
    }
    for (const call of FETCH.calls) {
      it(`${call} keeps the application's headers, its own Correlation-Id among them`, () => {
        for (const request of inside.of(call)) kept(request);
        for (const request of own.of(call)) {
          expect(request.all('correlation-id')).to.deep.equal(['own-1']);
          kept(request);
        }
      });
    }
  });

  describe('twelve requests over two connections', () => {
    let app: App;

    before(() => {
      app = App.start('clients/pools.mjs', { preload: 'import' });
    });

    after(() => app.stop());

    for (const version of (QUICK ? [5, 7] : [5, 6, 7, 8]).filter(loads)) {
      for (const kind of ['Client', 'Pool', 'BalancedPool', 'Agent', ...(version >= 7 ? ['composed Agent'] : [])]) {
        for (const way of ['request', 'fetch']) {
          // Of undici 5, `npm test` runs one kind.
          (version === 5 && kind !== 'Pool' ? itInFull : it)(`each carry their own request's ID through ${way} of undici ${version} by a ${kind}`, async () => {
            const port = await app.port();
            const query = new URLSearchParams({ version: String(version), kind, way, to: recorder.addresses.http });
            const ids = Array.from({ length: 12 }, (_, i) => `request-${i}`);
            await Promise.all(
              ids.map(async (id) => {
                const response = await fetch(`http://127.0.0.1:${port}/?${query}`, { headers: { 'Correlation-Id': id } });
                expect(await response.text()).to.equal('');
              }),
            );
            const sent = recorder.take().map((request) => [request.call, ...request.all('correlation-id')]);
            expect(sent.sort()).to.deep.equal(ids.map((id) => [id, id]).sort());
          });
        }
      }
    }
  });
});

import { expect } from 'chai';
import { describeInFull } from '../breadth';
import { ClientApp, INBOUND, TRACED, baggageOf, carries, kept, namesOf, tracedOnce } from '../client-app';
import type { Run, Table } from '../client-app';
import { Recorder } from '../recorder';
import type { Recorded } from '../recorder';

// The same recorder under two names: localhost may be given the ID, 127.0.0.1 may not.
/** Calls whose connection target is unknown, because the application makes the connection itself (ws makes its own). */
const UNKNOWN = ['http.request to a Unix socket', 'http.request through Agent.createConnection', 'http.request through options.createConnection', 'ws with headers'];
const CONNECT = 'http.request by CONNECT';
const COPIED = { ...INBOUND, baggage: 'user=7;p=1,correlation.id=client-1,region=eu' };

/**
 * Checks that a request has neither the header nor the baggage member, nor any other inbound field that the application did not
 * copy.
 */
function withholds(request: Recorded, copied = false): void {
  expect(request.all('correlation-id')).to.deep.equal([]);
  expect(baggageOf(request).filter((member) => /^correlation(\.|%2e)id/i.test(member))).to.deep.equal([]);
  if (TRACED) return tracedOnce(request);
  expect(baggageOf(request)).to.deep.equal(copied ? ['user=7;p=1', 'region=eu'] : []);
  expect(request.all('traceparent')).to.deep.equal(copied ? [INBOUND.traceparent] : []);
  expect(request.all('tracestate')).to.deep.equal(copied ? [INBOUND.tracestate] : []);
}

function reaches(request: Recorded, copied = false): void {
  expect(request.all('correlation-id')).to.deep.equal(['client-1']);
  if (TRACED) tracedOnce(request);
  else expect(baggageOf(request)).to.have.members([...(copied ? ['user=7;p=1', 'region=eu'] : []), 'correlation.id=client-1']);
}

describe('leak control', () => {
  let recorder: Recorder;
  let listedPort: Recorder;
  let v6: Recorder;
  let app: ClientApp;

  before(async () => {
    [recorder, listedPort, v6] = await Promise.all([Recorder.start(), Recorder.start(), Recorder.start('::1')]);
    const { port } = new URL(listedPort.addresses.http);
    app = ClientApp.start('clients/app.cjs', recorder, { env: { CORR_PROPAGATE_TO: `localhost, *.corr.test, [::1], 127.0.0.1:${port}` } });
  });

  after(async () => {
    await app.stop();
    await Promise.all([recorder.stop(), listedPort.stop(), v6.stop()]);
  });

  for (const table of ['http', 'library', 'fetch'] as Table[]) {
    (table === 'library' ? describeInFull : describe)(`${table} calls`, () => {
      const { bare, calls } = namesOf(table);
      let matching: Run;
      let foreign: Run;
      let proxied: Run;
      let matchingProxied: Run;
      let own: Run;

      before(async () => {
        const { http, https, http2 } = recorder.addresses;
        const [a, b, c] = [http, https, http2].map((address) => address.replace('127.0.0.1', 'localhost')) as [string, string, string];
        const addresses = { ...recorder.addresses, http: a, https: b, http2: c };
        matching = await app.inside(table, { addresses });
        matchingProxied = await app.inside(table, { addresses, headers: COPIED, own: COPIED });
        foreign = await app.inside(table);
        proxied = await app.inside(table, { headers: COPIED, own: COPIED });
        own = await app.inside(table, { own: { 'Correlation-Id': 'own-1' } });
      });

      for (const call of [...bare, ...calls]) {
        it(`${call} ${UNKNOWN.includes(call) ? 'has an unknown target, and gets no ID' : 'carries the ID to a host that matches'}`, () => {
          for (const request of matching.of(call)) {
            if (UNKNOWN.includes(call)) withholds(request);
            else carries(request, 'client-1');
          }
        });
        it(`${call} withholds the ID from a host that does not match`, () => {
          for (const request of foreign.of(call)) withholds(request);
        });
      }
      for (const call of calls) {
        it(`${call} removes the request's ID from headers that a proxy copies`, () => {
          for (const request of proxied.of(call)) {
            withholds(request, true);
            kept(request);
          }
        });
        if (!UNKNOWN.includes(call) && call !== CONNECT) {
          it(`${call} sends the ID once with headers that a proxy copies to a host that matches`, () => {
            for (const request of matchingProxied.of(call)) {
              reaches(request, true);
              kept(request);
            }
          });
        }
        it(`${call} sends the application's own ID to any host`, () => {
          for (const request of own.of(call)) expect(request.all('correlation-id')).to.deep.equal(['own-1']);
        });
      }
    });
  }

  for (const { title, headers, own } of [
    { title: 'new requests', headers: INBOUND, own: {} },
    { title: 'requests with copied headers', headers: COPIED, own: COPIED },
  ]) {
    describe(title, () => {
      const { reached, unreached, redirected } = namesOf('leak');
      const copied = own === COPIED;
      let run: Run;

      before(async () => {
        const addresses = { ...recorder.addresses, listedPort: listedPort.addresses.http, v6: v6.addresses };
        run = (await app.inside('leak', { addresses, headers, own })).and(listedPort.take(), v6.take());
      });

      for (const call of reached) {
        it(`${call} carries the ID`, () => {
          for (const request of run.of(call)) reaches(request, copied);
        });
      }
      for (const call of unreached) {
        it(`${call} withholds the ID`, () => {
          for (const request of run.of(call)) withholds(request, copied);
        });
      }
      for (const call of redirected) {
        it(`${call} carries the ID to a listed host, and not to an unlisted host that it redirects to`, () => {
          const [first, second] = run.of(call) as [Recorded, Recorded];
          reaches(first, copied);
          expect(second.url).to.equal(`/${encodeURIComponent(call)}`);
          withholds(second, copied);
        });
      }
    });
  }
});

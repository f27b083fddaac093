import { expect } from 'chai';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Line } from '../app';
import { describeInFull } from '../breadth';
import { ClientApp, INBOUND, baggageOf, namesOf } from '../client-app';
import type { Run, Table } from '../client-app';
import { Recorder } from '../recorder';
import type { Recorded } from '../recorder';

const LOGGER = path.join(__dirname, '../fixtures/hops/logger.cjs');

/** The number of a call on the wire; fails if there are two, or if it is not bound to the ID of its request. */
function callOf(request: Recorded): string | undefined {
  const members = baggageOf(request).filter((member) => /^correlation(\.|%2e)hop/i.test(member));
  expect(members, 'members of the hop').to.have.length.at.most(1);
  const [member] = members;
  if (member === undefined) return undefined;
  expect(baggageOf(request).filter((each) => each.startsWith('correlation.id=')), 'it goes where the ID goes').to.deep.equal(['correlation.id=client-1']);
  const [, call] = /^correlation\.hop=([0-9a-z]{4}\.\d+)\.\.[0-9a-z]{4}$/.exec(member) ?? [];
  expect(call, member).to.be.a('string');
  return call;
}

describe('hops of calls', () => {
  for (const { entry, table, style } of [
    { entry: 'clients/app.cjs', table: 'http', style: 'require' },
    { entry: 'clients/app.cjs', table: 'library', style: 'require' },
    { entry: 'clients/app.cjs', table: 'fetch', style: 'require' },
    { entry: 'clients/app.mjs', table: 'http', style: 'named import' },
  ] as { entry: string; table: Table; style: string }[]) {
    const { bare, calls } = namesOf(table as 'http');
    const preload = entry.endsWith('.mjs') ? 'import' : 'require';

    (style === 'named import' || table === 'library' ? describeInFull : describe)(`${table} calls of ${entry}`, () => {
      let recorder: Recorder;
      let app: ClientApp;
      let outside: Run;
      let inside: Run;
      let copied: Run;
      let own: Run;
      const numbers: string[] = [];

      before(async () => {
        recorder = await Recorder.start();
        app = ClientApp.start(entry, recorder, { atStart: [table], preload, nodeArgs: preload === 'import' ? ['--import', pathToFileURL(LOGGER).href] : ['-r', LOGGER], env: { CORR_HOPS: 'true' } });
        outside = await app.outside(table);
        inside = await app.inside(table, { style });
        // As a proxy copies them: with the ID, and the number of the service that called us.
        copied = await app.inside(table, { style, own: { 'correlation-id': 'client-1', baggage: 'user=7;p=1,correlation.id=client-1,correlation.hop=zzzz.7..abcd' } });
        own = await app.inside(table, { style, own: { 'correlation-id': 'own-1' } });
      });

      after(async () => {
        await app.stop();
        await recorder.stop();
      });

      for (const call of [...bare, ...calls]) {
        it(`${call} has its own number inside a request, and none outside`, () => {
          for (const request of outside.of(call)) expect(callOf(request)).to.equal(undefined);
          for (const request of inside.of(call)) {
            const number = callOf(request);
            if (request.method === 'CONNECT') {
              expect(number, 'a CONNECT is for a proxy').to.equal(undefined);
              continue;
            }
            expect(number).to.be.a('string').and.not.oneOf(numbers);
            numbers.push(number as string);
          }
        });
      }

      for (const call of calls) {
        it(`${call} has its own number in place of a copied one, and none with the application's own ID`, () => {
          for (const request of copied.of(call).filter(({ method }) => method !== 'CONNECT')) {
            expect(callOf(request)).to.be.a('string').and.not.oneOf(['zzzz.7', ...numbers]);
            expect(baggageOf(request)).to.include('user=7;p=1');
          }
          for (const request of own.of(call)) expect(callOf(request)).to.equal(undefined);
        });
      }

      it('have one record each, with the request and the status', async () => {
        for (const number of numbers) await app.line((line) => line['call'] === number);
        const records = app.lines.filter((line) => numbers.includes(String(line['call'])));
        expect(records.map((line) => line['call'])).to.have.members(numbers);
        for (const record of records) {
          expect(record).to.include({ correlation_id: 'client-1', hop: String(record['call']).split('.')[0] });
          expect(record.msg, JSON.stringify(record)).to.be.oneOf(['call completed', 'call failed']);
          const { start, firstByte, responseTime, req } = record as Line & { start: number; firstByte?: number; responseTime: number; req: { method: string; host: string; url: string } };
          expect(req).to.have.keys('method', 'host', 'url');
          expect(req.url).to.match(/^\/[^?#]*$|^\*$/);
          expect(start).to.be.within(Date.now() - 600_000, Date.now() + 1);
          if (record.msg === 'call failed') continue;
          expect(record['res']).to.have.property('statusCode').that.is.oneOf([101, 200, 302]);
          expect(firstByte).to.be.within(0, responseTime);
        }
        const requests = [...bare, ...calls].flatMap((call) => inside.of(call)).filter(({ method }) => method !== 'CONNECT');
        for (const request of requests) {
          const record = records.find((line) => line['call'] === callOf(request));
          expect(record?.['req']).to.include({ method: request.method });
        }
      });

      it("do not change the hop of the caller's lines", () => {
        for (const line of app.lines.filter((each) => each['hop'] !== undefined)) expect(line['hop']).to.match(/^[0-9a-z]{4}$/);
      });
    });
  }

  it('go only to hosts that may receive the ID, even if they are copied', async () => {
    const recorder = await Recorder.start();
    const app = ClientApp.start('clients/app.cjs', recorder, { env: { CORR_HOPS: 'true', CORR_PROPAGATE_TO: 'localhost' } });
    try {
      await app.inside('http');
      const copies = { ...INBOUND, baggage: 'a=1,correlation.id=client-1,correlation%2Ehop=zzzz.7..abcd,correlation.hop=zzzz.8..abcd' };
      const { calls } = namesOf('http');
      const run = await app.inside('http', { own: copies });
      for (const call of calls) {
        for (const request of run.of(call)) {
          expect(baggageOf(request).filter((member) => /correlation/.test(member)), call).to.deep.equal([]);
          expect(request.all('correlation-id'), call).to.deep.equal([]);
        }
      }
    } finally {
      await app.stop();
      await recorder.stop();
    }
  });
});

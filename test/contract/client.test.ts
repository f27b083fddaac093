import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { App, NODE, PRELOAD } from '../app';
import { ClientApp, TRACED, baggageOf, carries, kept, namesOf } from '../client-app';
import type { Run, Table } from '../client-app';
import { describeInFull } from '../breadth';
import { Recorder } from '../recorder';

const HTTP = namesOf('http');
const LIBRARY = namesOf('library');

describe('client', () => {
  it('leaves a sensitive header of http2 sensitive, so that no proxy may index it', async () => {
    const app = App.start('clients/sensitive.cjs', { env: { CORRELATION_ID: 'job-1', NODE_NO_WARNINGS: '1' } });
    await app.exited;
    expect(app.lines).not.to.deep.equal([]);
    for (const line of app.lines) expect(line, String(line['shape'])).to.deep.include({ id: 'job-1', sensitive: ['secret'] });
  });

  for (const { entry, table, styles, relayed = false } of [
    { entry: 'clients/app.cjs', table: 'http', styles: ['require'], relayed: true },
    { entry: 'clients/app.cjs', table: 'http', styles: ['require'] },
    { entry: 'clients/app.mjs', table: 'http', styles: ['default import', 'named import', 'namespace import', 'dynamic import'] },
    { entry: 'clients/app.cjs', table: 'library', styles: ['require'] },
    { entry: 'clients/app.mjs', table: 'library', styles: ['default import'] },
  ] as { entry: string; table: Table; styles: string[]; relayed?: boolean }[]) {
    const { bare, calls } = table === 'http' ? HTTP : LIBRARY;

    describe(`${table} calls of ${entry}${relayed ? ', with CORR_RELAY' : ''}`, () => {
      let recorder: Recorder;
      let app: ClientApp;
      let outside: Run;

      before(async () => {
        recorder = await Recorder.start();
        app = ClientApp.start(entry, recorder, { atStart: [table], preload: entry.endsWith('.mjs') ? 'import' : 'require', env: relayed ? { CORR_RELAY: 'tracecontext,baggage' } : {} });
        outside = await app.outside(table);
      });

      after(async () => {
        await app.stop();
        await recorder.stop();
      });

      describe('outside a request', () => {
        for (const call of [...bare, ...calls]) {
          it(`${call} sends nothing of ours`, () => {
            for (const request of outside.of(call)) {
              expect(request.all('correlation-id')).to.deep.equal([]);
              expect(baggageOf(request)).to.deep.equal([]);
            }
          });
        }
      });

      for (const [index, style] of styles.entries()) {
        (/namespace|dynamic/.test(style) ? describeInFull : describe)(`inside a request, by ${style}`, () => {
          const name = ['Correlation-Id', 'CORRELATION-ID', 'correlation-id', 'cOrrelation-iD'][index] as string;
          let inside: Run;
          let own: Run;

          before(async () => {
            inside = await app.inside(table, { style });
            own = await app.inside(table, { style, own: { [name]: 'own-1' } });
          });

          for (const call of [...bare, ...calls]) {
            it(`${call} carries the ID once`, () => {
              for (const request of inside.of(call)) carries(request, 'client-1', { relayed });
            });
          }
          for (const call of calls) {
            it(`${call} keeps the application's headers`, () => {
              for (const request of inside.of(call)) kept(request);
            });
            it(`${call} sends the application's own ${name} once`, () => {
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

  it("sends the application's own header once, even if it is null, of which Node makes a text", async () => {
    const recorder = await Recorder.start();
    const script = `require('http').get(process.argv[1], { headers: { 'Correlation-ID': null } }, (answer) => answer.resume());`;
    try {
      await promisify(execFile)(NODE, ['-r', PRELOAD, '-e', script, recorder.addresses.http], { env: { CORRELATION_ID: 'job-1' } });
      expect(recorder.take().map((request) => request.all('correlation-id'))).to.deep.equal([['null']]);
    } finally {
      await recorder.stop();
    }
  });

  it('carries the process-wide ID outside a request', async () => {
    const recorder = await Recorder.start();
    const app = ClientApp.start('clients/app.cjs', recorder, { atStart: ['http'], env: { CORRELATION_ID: 'job-1' } });
    try {
      const run = await app.outside('http');
      for (const call of [...HTTP.bare, ...HTTP.calls]) {
        for (const request of run.of(call)) {
          if (!TRACED) carries(request, 'job-1');
          else expect(request.all('correlation-id'), call).to.deep.equal(request.method === 'CONNECT' ? [] : ['job-1']);
        }
      }
    } finally {
      await app.stop();
      await recorder.stop();
    }
  });
});

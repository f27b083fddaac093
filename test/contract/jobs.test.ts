import { expect } from 'chai';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, PRELOAD } from '../app';
import type { Line, StartOptions } from '../app';
import { Recorder } from '../recorder';
import { QUICK, describeInFull, itFrom, itInFull } from '../breadth';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** All lines of an app; it must end by itself with code 0. */
async function linesOf(entry: string, options?: StartOptions): Promise<{ lines: Line[]; app: App }> {
  const app = App.start(entry, options);
  const exit = await app.exited;
  expect(exit, app.stderr).to.deep.equal({ code: 0, signal: null });
  return { lines: app.lines, app };
}

describe('jobs', () => {
  for (const [entry, preload] of [
    ['jobs/required.cjs', 'require'],
    ['jobs/imported.mjs', 'import'],
  ] as const) {
    describe(entry, () => {
      let recorder: Recorder;
      let lines: Map<string | undefined, Line>;
      let sent: Map<string, string[]>;

      before(async () => {
        recorder = await Recorder.start();
        const job = await linesOf(entry, { preload, args: [recorder.addresses.http] });
        lines = new Map(job.lines.map((line) => [line.msg, line]));
        sent = new Map(recorder.take().map((request) => [request.call, request.all('correlation-id')]));
      });

      after(() => recorder.stop());

      it('withCorrelationId stamps the lines of a job, also those after a wait', () => {
        for (const msg of ['inside', 'later', 'unnested']) expect(lines.get(msg), msg).to.include({ correlation_id: 'job-1' });
        for (const msg of ['before', 'after', 'done']) expect(lines.get(msg), msg).to.include({ correlation_id: 'Internal' });
      });

      it('withCorrelationId returns what the job returns, and nests', () => {
        expect(lines.get('after')).to.include({ result: 42 });
        expect(lines.get('nested')).to.include({ correlation_id: 'job-2' });
      });

      it('withCorrelationId creates an ID for undefined and for an unacceptable ID', () => {
        for (const msg of ['minted', 'minted for an unacceptable one']) {
          const { id, correlation_id } = lines.get(msg) as Line;
          expect(id).to.match(UUID).and.equal(correlation_id);
        }
      });

      it('bindCorrelationId keeps the ID, and passes on this and arguments', () => {
        expect(lines.get('bound')).to.include({ correlation_id: 'job-1', sum: 3 });
      });

      it('correlationHeaders and correlationEnv return the ID of the job, and none outside', () => {
        expect(lines.get('described')).to.deep.include({
          headers: { 'Content-Type': 'text/plain', 'correlation-id': 'job-1' },
          env: { A: '1', CORRELATION_ID: 'job-1' },
          id: 'job-1',
        });
        expect(lines.get('after')).to.deep.include({ headers: { a: '1' }, env: { A: '1' } });
      });

      it('withCarrier enters the ID of a message, or a new one if it has none', () => {
        expect(lines.get('consumed')).to.include({ correlation_id: 'message-1' });
        const { id, correlation_id } = lines.get('consumed without an ID') as Line;
        expect(id).to.match(UUID).and.equal(correlation_id);
      });

      it('requests of a job carry its ID, and requests outside carry none', () => {
        expect(Object.fromEntries(sent)).to.deep.equal({ inside: ['job-1'], consumed: ['message-2'], outside: [] });
      });
    });
  }

  for (const [position, [value, id]] of ([
    ['nightly-7', 'nightly-7'],
    ['two words', 'Internal'],
    [' nightly-7 ', 'nightly-7'],
    ['', 'Internal'],
    ['a,b', 'Internal'],
    ['x'.repeat(129), 'Internal'],
  ] as const).entries()) {
    itFrom(position, 2)(`CORRELATION_ID=${JSON.stringify(value)} stamps lines with ${id}`, async () => {
      const { lines, app } = await linesOf('jobs/line.cjs', { env: { CORRELATION_ID: value } });
      expect(lines[0]).to.include({ correlation_id: id });
      const bad = id === 'Internal' && value !== '';
      expect(app.stderr).to.match(bad ? /^\[@corr\/auto-register\] CORRELATION_ID: expected .*; using none\n$/ : /^$/);
      if (bad) expect(app.stderr, 'the value itself').not.to.include(value);
    });
  }

  it("a request's own or new ID wins over CORRELATION_ID", async () => {
    const app = App.start('hello.cjs', { env: { CORRELATION_ID: 'nightly-7' } });
    try {
      const url = `http://127.0.0.1:${await app.port()}`;
      expect((await fetch(url, { headers: { 'Correlation-Id': 'client-1' } })).headers.get('correlation-id')).to.equal('client-1');
      expect((await fetch(url)).headers.get('correlation-id')).to.match(UUID);
      expect(await app.line((line) => line.msg === 'listening')).to.include({ correlation_id: 'nightly-7' });
    } finally {
      await app.stop();
    }
  });
});

describe('workers and children', () => {
  const IN_JOB = ['worker in a job', 'fork in a job', 'cluster worker in a job'];
  /** Each is like one that `npm test` runs. */
  const ALIKE = ['worker of an ES module', 'worker of a worker', 'fork of an ES module', 'cluster worker in a job'];
  // Node passes its arguments on, unless others are given; and NODE_OPTIONS, unless a worker has an empty environment.
  const KINDS = {
    require: ['worker of CommonJS', 'worker of an ES module', 'worker of a worker', 'worker with an empty env', 'fork of CommonJS', 'fork of an ES module', 'cluster worker', ...IN_JOB],
    import: ['worker of CommonJS', 'worker of an ES module', 'fork of an ES module', 'cluster worker'],
    options: ['worker of CommonJS', 'worker without execArgv', 'fork without execArgv', 'cluster worker', 'spawn of Node'],
  };

  for (const preload of ['require', 'import', 'options'] as const) {
    (preload === 'require' ? describe : describeInFull)(`of a parent with the preload by ${preload}`, () => {
      let lines: Line[];

      before(async () => {
        const parent = await linesOf('jobs/parent.cjs', { preload, args: KINDS[preload].filter((kind) => !QUICK || !ALIKE.includes(kind)) });
        expect(parent.app.stderr).to.equal('');
        lines = parent.lines;
      });

      for (const kind of KINDS[preload]) {
        (ALIKE.includes(kind) ? itInFull : it)(`${kind} stamps its lines, serves requests under their IDs, and ends`, async () => {
          const own = lines.filter((line) => line['kind'] === kind);
          const outside = IN_JOB.includes(kind) ? 'job-1' : 'Internal';
          // In any order: at exit, pino writes what is left while another write may be in progress.
          expect(own.map(({ msg, correlation_id }) => [msg, correlation_id])).to.have.deep.members([
            ['started', outside],
            ['request', kind.replaceAll(' ', '-')],
            ['answered', outside],
          ]);
          expect(own.find(({ msg }) => msg === 'answered')).to.include({ echo: kind.replaceAll(' ', '-') });
        });
      }
    });
  }

  for (const [position, preload] of (['require', 'import'] as const).entries()) {
    itFrom(position)(`lines through a pino transport's worker are stamped where they are written, by ${preload}`, async () => {
      const { lines, app } = await linesOf('jobs/transport.cjs', { preload });
      expect(lines.map(({ msg, correlation_id }) => [msg, correlation_id])).to.deep.equal([
        ['outside', 'Internal'],
        ['inside', 'job-1'],
      ]);
      expect(app.stderr + app.other).to.equal('');
    });
  }

  for (const [position, preload] of (['require', 'options'] as const).entries()) {
    itFrom(position)(`the thread for loader hooks writes nothing, by ${preload}`, async () => {
      const { lines, app } = await linesOf('jobs/loader.mjs', { preload, nodeArgs: ['--no-deprecation'] });
      expect(lines).to.have.length(1);
      expect(lines[0]).to.include({ msg: 'line', correlation_id: 'Internal' });
      expect(app.stderr + app.other).to.equal('');
    });
  }
});

describe('a preload that is loaded twice', () => {
  let folder: string;
  let copy: string;

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'corr-'));
    copy = path.join(folder, 'register.js');
    copyFileSync(PRELOAD, copy);
    copyFileSync(path.join(path.dirname(PRELOAD), 'preload.js'), path.join(folder, 'preload.js'));
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const { title, again } of [
    { title: 'by -r and by --import', again: () => ['--import', pathToFileURL(PRELOAD).href] },
    { title: 'from two installed copies', again: () => ['-r', copy] },
  ]) {
    it(`${title} stamps, echoes and carries once`, async () => {
      const recorder = await Recorder.start();
      const app = App.start('environment/server.cjs', { nodeArgs: again(), args: [recorder.addresses.http] });
      try {
        const port = await app.port();
        const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
          http.get({ host: '127.0.0.1', port, path: '/hop', agent: false, headers: { 'Correlation-Id': 'client-1' } }, resolve).on('error', reject);
        });
        response.resume();
        expect(response.rawHeaders.filter((name) => name.toLowerCase() === 'correlation-id')).to.have.length(1);
        const [hop] = recorder.take();
        expect(hop?.all('correlation-id')).to.deep.equal(['client-1']);
        expect(hop?.all('baggage')).to.have.length(1);
        const line = await app.line(({ msg }) => msg === 'request');
        expect(line).to.include({ correlation_id: 'client-1' });
        expect(app.stdout.split('\n').find((text) => text.includes('"request"'))?.match(/correlation_id/g)).to.have.length(1);
        expect(app.stderr).to.equal('');
      } finally {
        await app.stop();
        await recorder.stop();
      }
    });
  }
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { buildSync } from 'esbuild';
import { App, NODE } from '../app';
import type { StartOptions } from '../app';
import { CORE } from '../breadth';
import { Recorder } from '../recorder';

/** Makes two requests, one after the other, in a session of its own. */
const CALL = `const call = (connect, options) => {
  const session = connect(process.argv[2], options);
  const ask = (path, then) => session.request({ ':path': path }).resume().on('close', then);
  ask('/first', () => ask('/second', () => session.close()));
};
`;

/** Each way in which an application gets hold of `connect`, by the name of its entry. */
const WAYS: Readonly<Record<string, string>> = {
  'require.cjs': "const http2 = require('http2'); call(http2.connect);",
  'require, kept apart.cjs': "const { connect } = require('node:http2'); call(connect);",
  'createRequire.mjs': "import { createRequire } from 'node:module'; call(createRequire(import.meta.url)('node:http2').connect);",
  'getBuiltinModule.cjs': "call(process.getBuiltinModule('node:http2').connect);",
  'default import.mjs': "import http2 from 'node:http2'; call(http2.connect);",
  'named import.mjs': "import { connect } from 'http2'; call(connect);",
  'named import, kept apart.mjs': "import { connect } from 'node:http2'; const kept = connect; call(kept);",
  'namespace import.mjs': "import * as http2 from 'node:http2'; call(http2.connect);",
  'dynamic import.mjs': "const { connect } = await import('node:http2'); call(connect);",
  'dynamic import of CommonJS.cjs': "import('node:http2').then(({ connect }) => call(connect));",
  'require of an ES module.cjs': "call(require('./exporting.mjs').kept);",
  'worker.mjs': "import { Worker } from 'node:worker_threads'; new Worker(new URL('named import, kept apart.mjs', import.meta.url), { argv: process.argv.slice(2) });",
  'bundle.mjs': '',
  'any stream.mjs': `import http2 from 'node:http2'; import net from 'node:net'; import { Duplex } from 'node:stream';
    const socket = net.connect(new URL(process.argv[2]).port, '127.0.0.1');
    const any = new Duplex({ read() {}, write: (chunk, _, done) => void socket.write(chunk, done), final: (done) => void socket.end(done) });
    socket.on('data', (chunk) => any.push(chunk)).on('close', () => any.destroy());
    call(http2.connect, { createConnection: () => any });`,
};
const OTHERS = {
  'exporting.mjs': "import { connect } from 'node:http2'; export const kept = connect;",
  'own setNoDelay.mjs': `import http2 from 'node:http2'; import net from 'node:net';
    call(http2.connect, { createConnection: ({ port }) => Object.assign(net.connect(port, '127.0.0.1'), { setNoDelay() {} }) });`,
};
const MAJOR = Number(execFileSync(NODE, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }));

describe('http2', () => {
  let folder: string;
  let recorder: Recorder;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'corr-http2-'));
    for (const [name, source] of Object.entries({ ...WAYS, ...OTHERS })) writeFileSync(path.join(folder, name), CALL + source);
    buildSync({ entryPoints: [path.join(folder, 'default import.mjs')], outfile: path.join(folder, 'bundle.mjs'), bundle: true, minify: true, platform: 'node', format: 'esm', allowOverwrite: true });
    recorder = await Recorder.start();
  });
  after(async () => {
    await recorder.stop();
    rmSync(folder, { recursive: true });
  });

  /** The IDs of the requests that an app sent, by path. */
  const sentBy = async (entry: string, options: StartOptions = {}): Promise<Record<string, string[]>> => {
    const app = App.start(path.join(folder, entry), { args: [recorder.addresses.http2], ...options, env: { CORRELATION_ID: 'job-1', NODE_NO_WARNINGS: '1', ...options.env } });
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    return Object.fromEntries(recorder.take().map((request) => [request.url, request.all('correlation-id')]));
  };
  const BOTH = { '/first': ['job-1'], '/second': ['job-1'] };

  for (const preload of CORE ? (['require'] as const) : (['require', 'import'] as const)) {
    for (const way of Object.keys(WAYS)) {
      it(`carries the ID from the first request on, by ${path.parse(way).name}, with the preload by ${preload}`, async () => {
        expect(await sentBy(way, { preload })).to.deep.equal(BOTH);
      });
    }
  }

  it('carries none without the preload', async () => {
    expect(await sentBy('default import.mjs', { preload: 'none' })).to.deep.equal({ '/first': [], '/second': [] });
  });

  // Node 22.12 has no such channel.
  (MAJOR >= 24 ? it : it.skip)('carries it from the second request on if a socket does not tell of its session', async () => {
    expect(await sentBy('own setNoDelay.mjs')).to.deep.equal({ '/first': [], '/second': ['job-1'] });
  });

  it('is loaded by the preload only to control leaks, which code may begin to do later', async () => {
    const { http2 } = recorder.addresses;
    const run = async (env: NodeJS.ProcessEnv): Promise<unknown> => {
      const app = App.start('http2-later.cjs', { args: [http2, http2.replace('127.0.0.1', 'localhost')], env: { CORRELATION_ID: 'job-1', ...env } });
      expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
      return { ...app.lines[0], sent: Object.fromEntries(recorder.take().map((request) => [request.url, request.all('correlation-id')])) };
    };
    const sent = { '/127.0.0.1': ['job-1'], '/localhost': [] };
    expect(await run({})).to.deep.equal({ before: false, after: true, sent });
    expect(await run({ CORR_PROPAGATE_TO: '127.0.0.1' })).to.deep.equal({ before: true, after: true, sent });
  });
});

import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { buildSync } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, PRELOAD } from './app';
import type { Line, StartOptions } from './app';
import { strictJson } from './strict-json';
import { itFrom } from './breadth';

/** All lines of an app that ends by itself, and its stderr. */
async function run(entry: string, options?: StartOptions): Promise<{ lines: Line[]; stderr: string }> {
  const app = App.start(entry, options);
  try {
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    return { lines: app.stdout.trim().split('\n').map(strictJson), stderr: app.stderr };
  } finally {
    await app.stop();
  }
}

describe('pino in real processes', () => {
  const ways: Record<string, StartOptions> = {
    'by -r': { preload: 'require' },
    'in trace mode': { env: { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' } },
    'by --import': { preload: 'import' },
    'after an earlier preload that has loaded them': {
      preload: 'none',
      nodeArgs: [...['pino', 'pino8', 'pino9'].flatMap((name) => ['-r', require.resolve(name)]), '-r', PRELOAD],
    },
  };
  for (const [position, [way, options]] of Object.entries(ways).entries()) {
    itFrom(position)(`is stamped in all its versions at once, in each way that an ES module can load it, with the preload ${way}`, async () => {
      const { lines, stderr } = await run('pino/all.mjs', options);
      for (const [msg, id] of [['outside', 'Internal'], ['inside', 'client-1']] as const) {
        const stamped = lines.filter((line) => line.msg === msg).map((line) => [line['logger'], line.correlation_id]);
        expect(stamped).to.have.lengthOf(17);
        expect(stamped).to.deep.equal(stamped.map(([logger]) => [logger, id]));
      }
      expect(stderr).to.equal('');
    });
  }

  it('has its lines stamped before they go to a transport in a worker', async () => {
    const { lines, stderr } = await run('pino/transport.cjs');
    const stamped = lines.map((line) => `${String(line['logger'])}: ${String(line.correlation_id)}`);
    expect(stamped).to.have.members(['pino8', 'pino9', 'pino'].flatMap((name) => [`${name}, target: client-1`, `${name}, targets: client-1`]));
    expect(stderr).to.equal('');
  });
});

describe('pino inlined in a bundle', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'corr-bundle-'));
  after(() => rmSync(folder, { recursive: true }));

  /** Bundles a fixture with one version of pino inlined. Returns the bundle's path. */
  function bundle(entry: string, pino: string, { minify = false, esm = false } = {}): string {
    const outfile = path.join(folder, `${entry}-${pino}-${String(minify)}.${esm ? 'mjs' : 'cjs'}`);
    buildSync({
      entryPoints: [path.join(__dirname, 'fixtures/pino', `${entry}.cjs`)],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      minify,
      alias: { 'bundled-pino': require.resolve(pino) },
      logLevel: 'error',
      ...(esm ? { format: 'esm', banner: { js: `import { createRequire } from 'node:module'; import { fileURLToPath } from 'node:url'; const require = createRequire(import.meta.url), __filename = fileURLToPath(import.meta.url), __dirname = '.';` } } : {}),
    });
    return outfile;
  }

  const stamped = { first: 'Internal', second: 'Internal', child: 'Internal', inside: 'client-1', 'a new logger': 'client-1' };

  for (const [position, [pino, options, what]] of ([
    ['pino', {}, 'pino 10'],
    ['pino', { minify: true }, 'pino 10, minified'],
    ['pino', { esm: true }, 'pino 10, as an ES module'],
    ['pino9', {}, 'pino 9.14'],
    ['pino9', { minify: true }, 'pino 9.14, minified'],
  ] as const).entries()) {
    itFrom(position)(`is stamped from the very first line: ${what}`, async () => {
      const { lines, stderr } = await run(bundle('bundled', pino, options));
      expect(Object.fromEntries(lines.map(({ msg, correlation_id: id }) => [msg, id]))).to.deep.equal(stamped);
      expect(stderr).to.equal('');
    });
  }

  for (const [position, [pino, options, what]] of ([
    ['pino', {}, 'pino 10'],
    ['pino', { esm: true }, 'pino 10, as an ES module'],
    ['pino9', { minify: true }, 'pino 9.14, minified'],
  ] as const).entries()) {
    itFrom(position)(`is stamped from its first line if it is loaded or first used after thousands of another copy's lines: ${what}`, async () => {
      const { lines, stderr } = await run('pino/late.mjs', { args: [bundle('late', pino, options), bundle('early', pino, options)] });
      expect(lines).to.have.deep.members([
        ...['early, first', 'early, second', 'late, first', 'late, second'].map((msg) => ({ level: 30, correlation_id: 'Internal', msg })),
        { hasSubscribers: false }, // each of these would double the cost of a line
      ]);
      expect(stderr).to.equal('');
    });
  }

  for (const minify of [false, true]) {
    itFrom(Number(minify))(`of version 8 is not stamped, and writes its lines unchanged${minify ? ', minified' : ''}`, async () => {
      const { lines, stderr } = await run(bundle('bundled', 'pino8', { minify }));
      expect(lines.map(({ msg }) => msg)).to.have.members(Object.keys(stamped));
      expect(lines.filter((line) => 'correlation_id' in line)).to.deep.equal([]);
      expect(stderr).to.equal('');
    });
  }

  for (const [position, pino] of ['pino', 'pino9', 'pino8'].entries()) {
    itFrom(position)(`of ${pino} with our mixin inlined too is stamped once, and stderr is empty`, async () => {
      const { lines, stderr } = await run(bundle('bundled-mixin', pino, { minify: true }));
      expect(lines.map(({ msg, correlation_id: id }) => [msg, id])).to.deep.equal([['first', 'Internal'], ['inside', 'client-1']]);
      expect(stderr).to.equal('');
    });
  }

  it("is stamped in each copy that a loader like jest's evaluates", async () => {
    const { lines, stderr } = await run('pino/own-loader.cjs');
    expect(lines).to.deep.equal(['one', 'two', 'three'].map((msg) => ({ level: 30, correlation_id: 'Internal', msg })));
    expect(stderr).to.equal('');
  });
});

describe('the entry of an application', () => {
  it('is read only by Node: it may be a pipe that can be read once', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = mkdtempSync(path.join(tmpdir(), 'corr-entry-'));
    const entry = path.join(folder, 'entry.js');
    execFileSync('mkfifo', [entry]);
    const app = App.start(entry);
    const writer = spawn('sh', ['-c', `echo 'console.log(JSON.stringify({ msg: "ran" }))' > "$0"`, entry]);
    try {
      await app.line(({ msg }) => msg === 'ran');
      expect(await app.exited).to.deep.equal({ code: 0, signal: null });
    } finally {
      writer.kill();
      await app.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

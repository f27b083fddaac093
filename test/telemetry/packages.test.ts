import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { NODE, PRELOAD } from '../app';
import type { Line } from '../app';
import { Apps } from './apps';
import { itFrom } from '../breadth';

describe('loading packages in trace mode', () => {
  const apps = new Apps();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'corr-'));
  });

  afterEach(async () => {
    await apps.stop();
    rmSync(folder, { recursive: true });
  });

  /** What a `require` of a package with these files returns. */
  const required = async (files: Record<string, string>): Promise<Line | undefined> => {
    const home = path.join(folder, 'node_modules', 'some');
    mkdirSync(home, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(home, name), content);
    const app = apps.start('requires.cjs', { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none' }, home);
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    return app.lines[0];
  };

  it('returns the exports of a package whose files require each other', async () => {
    const line = await required({
      'index.js': "const b = require('./b'); module.exports = function real() {};",
      'b.js': "const a = require('./index');",
    });
    expect(line).to.include({ type: 'function' });
  });

  it('runs a package once that removes itself from the cache', async () => {
    const line = await required({ 'index.js': 'delete require.cache[__filename]; globalThis.runs = (globalThis.runs ?? 0) + 1; module.exports = function real() {};' });
    expect(line).to.include({ type: 'function', runs: 1 });
  });

  for (const [position, mode] of [{ CORR_MODE: 'trace', CORR_INSTRUMENTATIONS: 'missing' }, { CORR_MODE: 'trace' }, { OTEL_METRICS_EXPORTER: 'console' }].entries()) {
    itFrom(position)(`continues in a deleted folder, with ${Object.keys(mode).join(' and ')}`, async () => {
      const gone = path.join(folder, 'gone');
      mkdirSync(gone);
      const { status, stdout, stderr } = spawnSync('sh', ['-c', 'cd "$0" && rmdir "$0" && exec "$@"', gone, NODE, '-r', PRELOAD, '-p', '"on"'], { encoding: 'utf8', env: { OTEL_TRACES_EXPORTER: 'none', ...mode } });
      expect({ status, on: stdout.startsWith('on') }, stderr).to.deep.equal({ status: 0, on: true });
    });
  }
});

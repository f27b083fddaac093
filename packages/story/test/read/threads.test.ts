import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { QUICK, itFrom } from '../../../../test/breadth';

const CLI = path.join(__dirname, '../../dist/cli.js');

describe('two threads', () => {
  let folder: string;
  let ids: string[];

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-threads-'));
    const made = execFileSync(process.execPath, [path.join(__dirname, '../../../../bench/story-logs.cjs'), folder, QUICK ? '4000' : '20000'], { encoding: 'utf8' });
    ids = (JSON.parse(made) as { sample: string[] }).sample;
    // Some compressed, some plain, one with a truncated line.
    for (const name of ['orders', 'stock']) {
      writeFileSync(path.join(folder, `${name}.log.gz`), gzipSync(readFileSync(path.join(folder, `${name}.log`))));
      rmSync(path.join(folder, `${name}.log`));
    }
    writeFileSync(path.join(folder, 'broken.log'), `{"level":50,"correlation_id":"${ids[3]}","msg":"cut off\n`);
  });
  after(() => rmSync(folder, { recursive: true }));

  const told = (threads: '1' | '2', ...args: string[]): unknown => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args, folder, '--json', '--threads', threads], { encoding: 'utf8', maxBuffer: 1 << 28 });
    expect([stderr, status]).to.deep.equal(['', 0]);
    return JSON.parse(stdout);
  };

  const QUESTIONS: Record<string, () => string[]> = {
    'in the lines of one request': () => [ids[0] as string],
    'of failed requests': () => ['--failed'],
    'of slow requests': () => ['--slowest', '20'],
    'in the lines of a request with a broken line': () => [ids[3] as string],
    'of requests with a text': () => ['--with', 'connect ECONNREFUSED'],
    'of the second failed request': () => ['--failed', '--show', '2'],
  };
  for (const [position, [what, args]] of Object.entries(QUESTIONS).entries()) {
    itFrom(position, 3)(`find the same as one thread ${what}`, async () => {
      const [one, two] = [told('1', ...args()), told('2', ...args())];
      // The number of records read for a slow request depends on which requests were known to be slow by then.
      if (args()[0] === '--slowest') for (const each of [one, two] as { lines?: number }[][]) for (const request of each) delete request.lines;
      expect(two).to.deep.equal(one);
    });
  }

  it('print the same if they find nothing, and end with 1', () => {
    const [one, two] = (['1', '2'] as const).map((threads) => spawnSync(process.execPath, [CLI, (ids[0] as string).slice(0, 30), folder, '--threads', threads], { encoding: 'utf8' }));
    expect(two?.status).to.equal(1);
    expect([two?.status, two?.stderr]).to.deep.equal([one?.status, one?.stderr]);
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { call, lineOf, request } from '../tell/lines';

const CLI = path.join(__dirname, '../../dist/cli.js');
const WHOLE = [lineOf('gateway', 0, { hop: 'k3f9', msg: 'started' }), lineOf('stock', 1000, { hop: 'k3f9.1-8ab', level: 50, msg: 'broke' }), call('gateway', 'k3f9.1', [990, 1010], 'stock', '/s', 500), request('gateway', 'k3f9', [0, 2000], '/buy', 500)];

describe('a request that is partly outside of --since and --until', () => {
  let folder: string;
  const story = (...args: string[]): { stdout: string; stderr: string } => spawnSync(process.execPath, [CLI, ...args, folder], { encoding: 'utf8', input: '', env: { PATH: process.env['PATH'] } });
  const since = ['--since', '2026-11-25T03:00:01.500Z'];

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-period-'));
    writeFileSync(path.join(folder, 'all.log'), WHOLE.map((line) => `${JSON.stringify(line)}\n`).join(''));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is cut with a note', () => {
    const { notes, lines } = JSON.parse(story('x', ...since, '--json').stdout) as { notes: string[]; lines: object[] };
    expect([lines.length, notes]).to.deep.equal([1, ['Lines of this request are left out, because they are outside of --since and --until: at least 3.']]);
  });
  it('is read whole if a list selected it', () => {
    expect(story('--failed', ...since, '--show', '1').stdout).to.match(/^x {2}failed .* 4 lines\nfailed first in stock, /).and.not.include('left out');
    expect(story('--failed', ...since).stdout).to.include('failed first in stock, ');
  });
});

describe('a list as JSON', () => {
  it('has its notes on standard error', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-notes-'));
    try {
      writeFileSync(path.join(folder, 'all.log'), `${JSON.stringify(WHOLE[1])}\n`);
      writeFileSync(path.join(folder, 'cut.log.gz'), Buffer.from('1f8b0800', 'hex'));
      const { stdout, stderr } = spawnSync(process.execPath, [CLI, '--failed', '--json', folder], { encoding: 'utf8', input: '', env: { PATH: process.env['PATH'] } });
      expect(JSON.parse(stdout)).to.have.length(1);
      expect(stderr).to.match(/^story: [^\n]*cut\.log\.gz is cut off[^\n]*\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

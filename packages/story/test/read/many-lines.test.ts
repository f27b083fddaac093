import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { Story } from '../../src/model';
import { describeInFull } from '../../../../test/breadth';

const CLI = path.join(__dirname, '../../dist/cli.js');
const T0 = Date.parse('2026-11-25T03:00:00Z');
const CALLS = 4000;
const LINES = 100_000;

describeInFull('one request of 100,000 lines', function () {
  this.timeout(240_000);
  let folder: string;
  const story = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'job-1', 'logs', ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 29, env: { PATH: process.env['PATH'] } });
    expect([stderr, status]).to.deep.equal(['', 0]);
    return stdout;
  };

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-many-'));
    mkdirSync(path.join(folder, 'logs'));
    const files = { orders: [] as string[], payment: [] as string[] };
    const write = (name: keyof typeof files, time: number, hop: string, record: object): void => void files[name].push(JSON.stringify({ level: 30, time, correlation_id: 'job-1', hop, hostname: name, name, ...record }));
    for (let i = 0; i < CALLS; i++) {
      const [at, call] = [T0 + i * 10, `j.${i + 1}`];
      const answer = `${call}-${i.toString(36)}`;
      write('payment', at + 2, answer, { order: i, msg: 'charging' });
      write('payment', at + 5, answer, { req: { method: 'POST', url: `/charge/${i}` }, res: { statusCode: 200 }, start: at + 1.5, responseTime: 3.5, msg: 'request completed' });
      write('orders', at + 6, 'j', { call, req: { method: 'POST', host: 'payment:8080', url: `/charge/${i}` }, res: { statusCode: 200 }, start: at + 1.25, responseTime: 4.5, msg: 'call completed' });
    }
    for (let i = 0; i < LINES - 3 * CALLS - 1; i++) write('orders', T0 + Math.floor(i / 3), 'j', { order: i, msg: `order ${i}` });
    write('orders', T0 + CALLS * 10, 'j', { req: { method: 'POST', url: '/job' }, res: { statusCode: 200 }, start: T0 - 0.5, responseTime: CALLS * 10 + 0.5, msg: 'request completed' });
    for (const [name, lines] of Object.entries(files)) writeFileSync(path.join(folder, 'logs', `${name}.log`), `${lines.join('\n')}\n`);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is printed in the terminal, line by line', () => {
    const rows = story('--utc', '--width', '100').split('\n');
    expect(rows[0]).to.equal('job-1  ok  2026-11-25 02:59:59.999 UTC, 40 s, 100000 lines');
    expect(rows.filter((row) => / order \d+( |$)/.test(row))).to.have.length(LINES - 3 * CALLS - 1);
    expect(rows.filter((row) => row.includes('  call completed  '))).to.have.length(CALLS);
    expect(rows.at(-2)?.trimStart()).to.equal('+40 s  orders   INFO   request completed  POST /job → 200 in 40 s');
  });

  it('is written as JSON, with each call and its answer, as a page, a picture and spans', () => {
    const { hops, lines, status } = JSON.parse(story('--json', '--html', 'a.html', '--svg', 'a.svg', '--otlp', 'a.json')) as Story;
    expect([status, lines.length, hops.length]).to.deep.equal(['ok', LINES, CALLS + 1]);
    expect(hops[0]?.calls.every(({ answers }, i) => answers[0] === `j.${i + 1}-${i.toString(36)}`)).to.equal(true);
    expect(readFileSync(path.join(folder, 'a.html'), 'utf8')).to.include('100,000 lines').and.match(/<\/html>\s*$/);
    expect(readFileSync(path.join(folder, 'a.svg'), 'utf8')).to.match(/<\/svg>\s*$/);
    const { resourceSpans } = JSON.parse(readFileSync(path.join(folder, 'a.json'), 'utf8')) as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
    expect(resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))).to.have.length(2 * CALLS + 1);
  });
});

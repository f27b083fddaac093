import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { App } from '../app';
import { ROOT } from '../checkout';
import { needs, programPath } from './debian';
import { describeInFull } from '../breadth';

describeInFull('log lines in lnav', function () {
  this.timeout(60_000);
  const home = mkdtempSync(path.join(os.tmpdir(), 'corr-lnav-'));
  const log = path.join(home, 'shop.log');

  before(async function () {
    needs(this, 'lnav');
    mkdirSync(path.join(home, 'formats/corr'), { recursive: true });
    cpSync(path.join(ROOT, 'examples/reading/corr_log.json'), path.join(home, 'formats/corr/corr_log.json'));
    const app = App.start('reading.cjs', { env: { CORR_HOPS: 'true' } });
    await app.exited;
    expect(app.stderr).to.equal('');
    writeFileSync(log, app.stdout);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const lnav = (...commands: string[]): string => {
    const args = ['-W', '-n', '-I', home, ...commands.flatMap((command) => ['-c', command]), log];
    const { status, stdout, stderr } = spawnSync(programPath('lnav') as string, args, { encoding: 'utf8', env: { HOME: home, PATH: process.env['PATH'], TZ: 'UTC' } });
    expect([status, stderr]).to.deep.equal([0, '']);
    return stdout;
  };
  const asked = (query: string): Record<string, unknown>[] => JSON.parse(lnav(`;${query}`, ':write-json-to -')) as Record<string, unknown>[];

  it('are recognized: time, level, ID, service, hop and message in one row each', () => {
    const rows = lnav().split('\n');
    expect(rows.some((row) => /^\d\d:\d\d:\d\d\.\d{3} INFO +Internal shop +listening/.test(row)), rows.join('\n')).to.equal(true);
    expect(rows.some((row) => /^\d\d:\d\d:\d\d\.\d{3} WARN\w* +checkout-1 shop \S+ +order opened/.test(row)), rows.join('\n')).to.equal(true);
    expect(rows.some((row) => /^\S+ WARN\w* checkout-1 shop (\S+) \1\.\d+ call completed GET \/stock 503 [\d.]+/.test(row)), rows.join('\n')).to.equal(true);
  });

  it('have the ID as their operation, so that `o` moves between the lines of one request', () => {
    expect(asked("SELECT log_opid, log_body AS body FROM corr_log WHERE log_body IN ('listening', 'order opened')")).to.deep.equal([
      { log_opid: 'Internal', body: 'listening' },
      { log_opid: 'checkout-1', body: 'order opened' },
    ]);
  });

  it('have the fields of a hop record as columns', () => {
    const [record, ...more] = asked(`SELECT log_opid, log_level, hop, "call", "req/method", "req/url", "res/statusCode", responseTime FROM corr_log WHERE log_body = 'call completed'`);
    expect(more).to.deep.equal([]);
    expect(record).to.include({ log_opid: 'checkout-1', log_level: 'warning', 'req/method': 'GET', 'req/url': '/stock' });
    expect(Number(record?.['res/statusCode'])).to.equal(503);
    expect(String(record?.['call'])).to.satisfy((call: string) => call.startsWith(String(record?.['hop'])));
    expect(Number(record?.['responseTime'])).to.be.greaterThan(0);
  });
});

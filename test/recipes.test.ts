import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { NODE, PRELOAD } from './app';
import { ROOT, read } from './checkout';

const sections = read('docs/loggers.md').split(/^#+ (?=.*\n)/m);
const recipe = (heading: string, language: string): string => {
  const section = sections.find((each) => each.startsWith(`${heading}\n`)) ?? '';
  return new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(section)?.[1] ?? expect.fail(`docs/loggers.md has no ${language} recipe for ${heading}`);
};
/** A request with the ID checkout-1 logs through `say`, which is also called outside requests. */
const service = (say: string): string => `
const server = require('node:http').createServer((request, response) => { ${say}; response.end(); }).listen(0, '127.0.0.1', () => {
  ${say};
  const headers = { 'Correlation-Id': 'checkout-1' };
  require('node:http').get({ host: '127.0.0.1', port: server.address().port, agent: false, headers }, (answer) => answer.resume().on('end', () => server.close()));
});`;

describe('recipes of docs/loggers.md', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'corr-recipes-'));
  before(() => symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules')));
  after(() => rmSync(folder, { recursive: true }));

  const written = (program: string): string[] => {
    writeFileSync(path.join(folder, 'app.cjs'), program);
    const { status, stdout, stderr } = spawnSync(NODE, ['-r', PRELOAD, 'app.cjs'], { cwd: folder, encoding: 'utf8', env: { DEBUG: 'shop', DEBUG_HIDE_DATE: 'true' } });
    expect(status, stdout + stderr).to.equal(0);
    return (stdout + stderr).trim().split('\n');
  };

  it('debug: the ID is in front of what it writes', () => {
    const lines = written(`${recipe('debug', 'js')}${service("debug('shop')('order %d', 7)")}`);
    expect(lines.map((line) => line.split(/\s+/))).to.deep.equal([['Internal', 'shop', 'order', '7'], ['checkout-1', 'shop', 'order', '7']]);
  });

  it('tslog: the ID is a field of its JSON, and fields of a call win', () => {
    const say = "log.info('order', { order: 7 }); log.info('opened'); log.info('own', { correlation_id: 'own-1' })";
    const lines = written(`${recipe('tslog 5', 'js')}${service(say)}`).map((line) => JSON.parse(line) as Record<string, unknown>);
    const seen = lines.map(({ message, order, correlation_id: id }) => [message, order, id]);
    const of = (id: string): unknown[] => [['order', 7, id], ['opened', undefined, id], ['own', undefined, 'own-1']];
    expect(seen).to.deep.equal([...of('Internal'), ...of('checkout-1')]);
  });

  const shown = [/^\[[\d:.]+\] INFO: Internal order 7$/, /^\[[\d:.]+\] INFO: checkout-1 order 7$/];
  it('pino-pretty as a transport: the ID is in front of the message', () => {
    const lines = written(`${recipe('pino-pretty', 'js')}${service("log.info('order %d', 7)")}`);
    expect(lines).to.have.length(2);
    for (const [at, pattern] of shown.entries()) expect(lines[at]).to.match(pattern);
  });

  it('pino-pretty as a command: the ID is in front of the message', () => {
    const [, flags = ''] = /npx pino-pretty (.*)$/m.exec(recipe('pino-pretty', 'sh')) ?? [];
    const input = written(`const log = require('pino')();${service("log.info('order %d', 7)")}`).join('\n');
    const output = execFileSync('sh', ['-c', `exec ${NODE} ${path.join(ROOT, 'node_modules/pino-pretty/bin.js')} ${flags}`], { encoding: 'utf8', input: `${input}\n` });
    const lines = output.trim().split('\n');
    expect(lines).to.have.length(2);
    for (const [at, pattern] of shown.entries()) expect(lines[at]).to.match(pattern);
  });
});

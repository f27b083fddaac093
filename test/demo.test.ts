import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { NODE } from './app';
import { itInFull } from './breadth';

const DEMO = path.join(__dirname, '../examples/demo/demo.mjs');

describe('demo', () => {
  it('ends with the story of a slow and failing request, and exits with 0', async () => {
    const { code, output } = await demo();
    expect(output).to.match(/^✔ 149 lines and 36 hops checked/m);
    const story = output.slice(output.indexOf('npx @corr/story checkout-10'));
    expect(story).to.match(/^ {3}checkout-10 {2}failed .* 24 lines\n {3}failed first in stock, \+[\d,.]+ m?s: no connection to the warehouse \(503\)\.\n {3}orders gave up at .* after 3 attempts/m);
    for (const [service, level, msg] of [['gateway', 'INFO', 'purchase asked for'], ['stock', 'ERROR', 'no connection to the warehouse'], ['orders', 'WARN', 'asking stock again'], ['orders', 'ERROR', 'order given up']] as const) {
      expect(story).to.match(new RegExp(`^ +\\+[\\d,.]+ m?s {2}${service} +${level} +${msg}`, 'm'));
    }
    // The hops say who called whom: each is below its caller.
    expect(story).to.match(/^ +gateway +GET \/buy\/10 .*\n +└ orders +GET \/orders\/10 .*\n +└ stock ×3 /m);
    expect(output.split('\n').length, 'lines of output').to.be.at.most(80);
    expect(code).to.equal(0);
  });

  itInFull('keeps the lines in a folder, for more questions', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'corr-demo-test-'));
    try {
      const { output } = await demo('--logs', folder);
      expect(output).to.match(/More: npx @corr\/story --failed \S+\n$/);
      expect(readdirSync(folder).sort()).to.deep.equal(['gateway.log', 'orders.log', 'stock.log']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const [service, fault] of [
    ['gateway', 'sent checkout-1, got undefined back'],
    ['orders', 'orders logged no ID, not checkout-1'],
    ['stock', 'stock logged no ID, not checkout-1'],
  ] as const) {
    itInFull(`fails when ${service} runs without the preload`, async () => {
      const { code, output } = await demo('--without', service);
      expect(output).to.include(fault);
      expect(output).to.not.include('✔');
      expect(code).to.equal(1);
    });
  }
});

function demo(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(NODE, [DEMO, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

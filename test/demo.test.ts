import { execFile } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import { NODE } from './app';
import { itInFull } from './breadth';

const DEMO = path.join(__dirname, '../examples/demo/demo.mjs');

describe('demo', () => {
  it("prints one request's story and exits with 0", async () => {
    const { code, output } = await demo();
    expect(output).to.match(/^✔ 136 lines and 36 hops checked/m);
    expect(output).to.match(/^ {3}checkout-1 {2}ok .* 11 lines$/m);
    for (const [service, msg] of [['gateway', 'purchase asked for'], ['orders', 'order opened'], ['stock', 'item reserved'], ['gateway', 'purchase answered']] as const) {
      expect(output).to.match(new RegExp(`^ +\\+[\\d,.]+ m?s {2}${service} +INFO +${msg}`, 'm'));
    }
    // The hops say who called whom: each is below its caller.
    expect(output).to.match(/^ +gateway {3}GET \/buy\/1 .*\n +└ orders {2}GET \/orders\/1 .*\n +└ stock /m);
    expect(output.split('\n').length, 'lines of output').to.be.at.most(55);
    expect(code).to.equal(0);
  });

  for (const [service, fault] of [
    ['gateway', 'sent checkout-1, got undefined back'],
    ['orders', 'orders logged no ID, not checkout-1'],
    ['stock', 'stock logged no ID, not checkout-1'],
  ] as const) {
    (service === 'orders' ? it : itInFull)(`fails when ${service} runs without the preload`, async () => {
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

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { needs } from './debian';
import { linesOf, run } from './example';
import type { Line } from './example';
import { describeInFull } from '../breadth';

describeInFull('polyglot stack', function () {
  this.timeout(90_000); // a limit, in case the machine is busy

  let logs: string;

  before(function () {
    needs(this, 'nginx', 'python3-flask', 'python3-django', 'python3-requests', 'uwsgi-core', 'uwsgi-plugin-python3');
  });
  beforeEach(() => void (logs = mkdtempSync(path.join(os.tmpdir(), 'corr-stack-'))));
  afterEach(() => rmSync(logs, { recursive: true, force: true }));

  it('writes the ID of each request, and no other, into every file on its way, and returns it', async () => {
    const { code, output } = await run('polyglot', '--logs', logs, '--requests', '40');
    expect(output).to.match(/^✔ 42 requests, \d+ lines in 8 files/m);
    expect(code).to.equal(0);

    const files = readdirSync(logs).sort();
    const answers = linesOf(path.join(logs, '0-client.log'));
    expect(answers).to.have.length(42);
    expect(new Set(answers.map((answer) => answer.correlation_id)).size).to.equal(42);
    for (const file of files) {
      const ids = new Map<number, Set<unknown>>();
      for (const line of linesOf(path.join(logs, file))) {
        const order = line.order ?? Number(line.path?.split('/').at(-1) ?? Number.NaN);
        if (Number.isNaN(order)) expect(line.correlation_id, file).to.be.oneOf(['Internal', ...answers.map((answer) => answer.correlation_id)]);
        else ids.set(order, (ids.get(order) ?? new Set()).add(line.correlation_id));
      }
      const expected = answers.filter(({ order }) => onRoad(order as number, file));
      expect(Object.fromEntries(ids), file).to.deep.equal(
        Object.fromEntries(expected.map((answer) => [answer.order, new Set([answer.correlation_id])])),
      );
    }

    const byOrder = (order: number): Line | undefined => answers.find((answer) => answer.order === order);
    expect(byOrder(1), 'an ID of the client\'s').to.include({ correlation_id: 'client-1', status: 200 });
    expect(byOrder(2)?.correlation_id, 'none, so nginx mints').to.match(/^[0-9a-f]{32}$/);
    expect(byOrder(3)?.correlation_id, 'an unacceptable one').to.match(/^[0-9a-f]{32}$/);
    expect(byOrder(9), 'sold out in Flask').to.include({ status: 404 });
    expect(byOrder(7), 'an exception in Django').to.include({ correlation_id: 'client-7', status: 502 });
    expect(byOrder(1001), 'W3C baggage alone').to.include({ correlation_id: 'baggage-1001', status: 200 });
    expect(byOrder(1002), 'X-Request-Id alone').to.include({ correlation_id: 'alias-1002', status: 200 });
    expect(readFileSync(path.join(logs, '5-ledger.log'), 'utf8')).to.match(/"correlation_id": "client-7".*Internal Server Error/);

    expect(output).to.match(/^client-7 {2}failed /m).and.match(/^failed first in 5-ledger, .*: no ledger for order 7\.$/m);
    for (const service of ['1-edge', '2-shop', '3-stock', '4-price', '5-ledger']) expect(output).to.match(new RegExp(`^ *\\+[\\d,.]+ m?s {2}${service} `, 'm'));
  });

  for (const [service, fault] of [
    ['shop', /^✘ 2-shop\.log: /m],
    ['price', /^✘ order 1001: sent baggage-1001, got .* back/m],
  ] as const) {
    it(`fails when ${service} runs without the preload`, async () => {
      const { code, output } = await run('polyglot', '--logs', logs, '--requests', '10', '--without', service);
      expect(output).to.match(fault).and.not.include('✔');
      expect(code).to.equal(1);
    });
  }
});

/** Whether a request leaves lines in a file: two enter at price, and sold-out orders go no further than stock. */
function onRoad(order: number, file: string): boolean {
  const station = Number(file[0]);
  if (order > 1000) return station === 0 || station >= 4;
  return order % 10 !== 9 || station <= 3;
}

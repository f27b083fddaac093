import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { needs } from './debian';
import { linesOf, run } from './example';
import { describeInFull } from '../breadth';

describeInFull('background work', function () {
  this.timeout(90_000); // a limit, in case the machine is busy

  const logs = mkdtempSync(path.join(os.tmpdir(), 'corr-stack-'));
  after(() => rmSync(logs, { recursive: true, force: true }));

  before(function () {
    needs(this, 'rabbitmq-server', 'redis-server');
  });

  it("continues under its order's ID in queues, a thread, a child and a cron job", async () => {
    const { code, output } = await run('jobs', '--logs', logs);
    expect(output).to.match(/^✔ 21 orders, \d+ lines/m);
    // No line of the application says that an order is through, and hops are off.
    for (const id of ['client-10', 'nightly-1']) expect(output).to.match(new RegExp(`^${id} {2}unknown `, 'm'));
    expect(code).to.equal(0);

    const lines = readdirSync(logs).flatMap((file) => linesOf(path.join(logs, file)));
    const idsOf = (part: string, order: number): unknown[] =>
      lines.filter((line) => line.part === part && line.order === order).map((line) => line.correlation_id);
    for (const part of ['mails', 'parcels', 'shop', 'thread', 'invoice']) {
      expect(new Set(idsOf(part, 10)), part).to.deep.equal(new Set(['client-10']));
      expect(new Set(idsOf(part, 15)), part).to.deep.equal(new Set(idsOf('shop', 15)));
      if (part !== 'invoice') expect(new Set(idsOf(part, 101)), part).to.deep.equal(new Set(['nightly-1']));
    }
    expect(idsOf('nightly', 101)).to.deep.equal(['nightly-1', 'nightly-1']);

    const ids = new Set(lines.filter((line) => line.order !== undefined).map((line) => line.correlation_id));
    expect(ids.size, 'an ID an order').to.equal(21);
    for (const line of lines) expect(line.correlation_id).to.equal(line.order === undefined ? 'Internal' : idsOf('shop', line.order)[0]);
  });
});

import { expect } from 'chai';
import { expectOwnIds } from './cases';
import type { Cases } from './cases';
import { Servers } from './servers';
import { describeInFull } from '../breadth';

const NODE_REDIS: Cases = { client: ['used', 'connect', 'ready', 'error', 'reconnecting', 'reconnectStrategy'], subscriber: ['used', 'message'] };
const IOREDIS: Cases = { client: ['used', 'connect', 'ready', 'close', 'reconnecting', 'retryStrategy'] };
const MYSQL: Cases = { connection: ['used', 'error', 'end'], pool: ['used', 'connection', 'acquire', 'enqueue', 'release'] };
const PACKAGES: Record<string, Cases> = {
  pg: {
    client: ['used', 'connect', 'notification', 'notice', 'drain', 'error', 'end'],
    pool: ['used', 'connect', 'acquire', 'release', 'remove', 'verify'],
    'pool whose client dies': ['used', 'error'],
  },
  mysql: MYSQL,
  mysql2: MYSQL,
  redis3: { client: ['used', 'connect', 'ready', 'end', 'reconnecting', 'retry_strategy'], subscriber: ['used', 'subscribe', 'message'] },
  redis4: NODE_REDIS,
  redis5: NODE_REDIS,
  redis6: NODE_REDIS,
  ioredis4: IOREDIS,
  ioredis5: IOREDIS,
  ioredis: IOREDIS,
  mongodb: { client: ['used', 'serverHeartbeatFailed', 'serverDescriptionChanged', 'topologyDescriptionChanged'] },
};

describeInFull('a client that is created in the first request', function () {
  this.timeout(60_000);
  const servers = new Servers();
  before(async function () {
    await servers.start(this, 'postgresql', 'mariadb', 'redis');
  });
  after(() => servers.stop());

  for (const [name, cases] of Object.entries(PACKAGES)) {
    it(`${name} calls no listener under that request's ID`, async () => {
      await expectOwnIds('lifetimes', name, cases, { requests: 12, env: { PORTS: JSON.stringify(servers.ports) } });
    });
  }

  it("pg does so in trace mode, and leaves the request's span too", async () => {
    const app = await expectOwnIds('lifetimes', 'pg', PACKAGES['pg'] as Cases, { requests: 12, env: { PORTS: JSON.stringify(servers.ports), CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none' } });
    const events = app.lines.filter((line) => line.msg === 'noted' && line['t'] === 'Internal' && line['where'] !== 'verify');
    expect(events).to.have.length.greaterThan(0);
    for (const line of events) expect(line, String(line['where'])).to.not.have.property('trace_id');
  });
});

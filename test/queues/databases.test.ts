import { expect } from 'chai';
import { expectOwnIds } from './cases';
import type { Cases } from './cases';
import { Receiver } from '../telemetry/receiver';
import { SQLITE3, Servers, needsSqlite } from './servers';
import type { Server } from './servers';
import { describeInFull, itInFull } from '../breadth';

const CALLBACK = ['callback'];
const AWAIT = ['await'];
const ROWS = ['row', 'end'];

const PG: Cases = {
  'pool.query': CALLBACK, 'pool.query, awaited': AWAIT, 'pool.query, promisified': AWAIT, 'pool.connect': ['connected', 'callback'],
  'client.query': CALLBACK, 'callback in the config': CALLBACK, 'one config for all': CALLBACK, 'an error': CALLBACK,
  rows: ROWS, 'callback of a query object': CALLBACK, 'listener taken off': ['end'],
};
const MYSQL: Cases = {
  'pool.query': CALLBACK, 'pool.query, promisified': AWAIT, 'rows of a pool': ROWS, 'stream of a pool': ['data', 'end'],
  getConnection: ['connected', 'begun', 'asked', 'committed', 'alive'],
  'a connection of its own': ['connected', 'ended'],
  'connection.query': CALLBACK, 'an error': CALLBACK, rows: ROWS, typeCast: ['cast', 'callback'], 'listener taken off': ['end'],
};
const MYSQL2: Cases = { ...MYSQL, 'pool.execute': CALLBACK, prepare: ['prepared', 'executed'], promises: ['native promise', 'await'] };
const REDIS: Cases = {
  get: CALLBACK, 'get, promisified': AWAIT, hgetall: CALLBACK, send_command: CALLBACK, multi: ['got', 'executed'], batch: ['got', 'executed'], 'an error': CALLBACK,
};
const POOL: Cases = { 'execute on a pool': ['executed', 'got'] };
const IOREDIS: Cases = { 'a client of its own': ['connected', 'got'] };
const PACKAGES: Partial<Record<Server, Record<string, Cases>>> = {
  postgresql: {
    pg: { ...PG, cursor: ['read', 'closed'], stream: ['data', 'end'], passport: ['verify', 'login', 'next'] },
    'pg-floor': PG,
    postgres: { rows: ['row', 'await'], cursor: ['row', 'await'] },
  },
  mariadb: { mysql: MYSQL, mysql2: MYSQL2, mysql2v2: MYSQL2 },
  redis: { redis2: REDIS, redis3: REDIS, redis5: POOL, redis6: POOL, ioredis4: IOREDIS, ioredis5: IOREDIS, ioredis: IOREDIS },
  memcached: { memcached: { set: CALLBACK, get: CALLBACK, getMulti: CALLBACK, del: CALLBACK } },
};
const SQLITE: Cases = { get: CALLBACK, all: CALLBACK, each: ['row', 'complete'], exec: CALLBACK, statement: ['prepared', 'all', 'finalized'] };

describe('clients of databases', function () {
  this.timeout(60_000);

  for (const [server, packages] of Object.entries(PACKAGES) as [Server, Record<string, Cases>][]) {
    (server === 'postgresql' ? describe : describeInFull)(server, () => {
      const servers = new Servers();
      before(async function () {
        await servers.start(this, server);
      });
      after(() => servers.stop());

      for (const [name, cases] of Object.entries(packages)) {
        (name !== 'pg' && server === 'postgresql' ? itInFull : it)(`${name} calls back under the ID of its caller`, async () => {
          const { stderr } = await expectOwnIds('databases', name, cases, { requests: 40, env: { PORTS: JSON.stringify(servers.ports) } });
          expect(stderr).to.not.include('circular dependency');
        });
      }

      const name = { postgresql: 'pg', mariadb: 'mysql2' }[server as string];
      if (name === undefined) return;
      const cases = packages[name] as Cases;

      itInFull(`${name} does so beside OpenTelemetry's instrumentation of it`, async () => {
        const receiver = await Receiver.start();
        try {
          const env = { PORTS: JSON.stringify(servers.ports), CORR_INSTRUMENTATIONS: 'pg,mysql2', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` };
          const app = await expectOwnIds('databases', name, cases, { requests: 40, env });
          const line = app.lines.find(({ msg, case: each }) => msg === 'noted' && each === 'pool.query');
          const queries = receiver.spans.filter(({ attributes }) => (attributes['db.query.text'] ?? attributes['db.statement']) !== undefined);
          expect(queries.some(({ traceId }) => traceId === line?.['trace_id']), 'a span of the query').to.equal(true);
          for (const { traceId, attributes, name: span } of queries) {
            const server = receiver.spans.find((other) => other.traceId === traceId && other.kind === 'server');
            expect(attributes, span).to.include({ 'correlation.id': server?.attributes['correlation.id'] });
          }
        } finally {
          await receiver.stop();
        }
      });

      itInFull(`${name}'s pool does so 2,000 requests at a time`, async () => {
        const some = Object.fromEntries(['pool.query', name === 'pg' ? 'pool.connect' : 'getConnection'].map((each) => [each, cases[each] as string[]]));
        await expectOwnIds('databases', name, some, { requests: 2000, env: { PORTS: JSON.stringify(servers.ports) } });
      });
    });
  }

  itInFull('sqlite3 calls back under the ID of its caller', async function () {
    needsSqlite(this);
    await expectOwnIds('databases', 'sqlite3', SQLITE, { requests: 40, env: { SQLITE3: `${SQLITE3}/node_modules/sqlite3`, LD_LIBRARY_PATH: SQLITE3 } });
  });
});

'use strict';
/* Clients that many requests share, created in the first request; their events belong to no request. */
const { once } = require('node:events');
const ports = JSON.parse(process.env.PORTS ?? '{}');
const POSTGRES = { host: '127.0.0.1', port: ports.postgresql, user: 'postgres', database: 'postgres' };
const MYSQL = { host: '127.0.0.1', port: ports.mariadb, user: 'corr', database: 'corr' };

/** A case: a client, its events to note, what a request does with it, and what happens after the requests. */
const client = ({ make, events, use, after }) => (noteAs) => {
  let made;
  const told = new Map();
  const run = async (note) => {
    if (made === undefined) {
      made = make(noteAs);
      for (const event of events) made.on(event, () => { noteAs('Internal', event); told.get(event)?.(); });
    }
    await use(made);
    note('used');
  };
  /** Does something, and waits for the events that result. */
  run.after = () => after(made, (...names) => Promise.all(names.map((name) => new Promise((resolve) => told.set(name, resolve)))));
  return run;
};

const redisLine = (...words) => new Promise((resolve, reject) => {
  const socket = require('node:net').connect(ports.redis, '127.0.0.1', () => socket.write(`${words.join(' ')}\r\n`));
  socket.once('data', () => { socket.destroy(); resolve(); }).on('error', reject);
});
const killRedis = (type = 'normal') => redisLine('CLIENT', 'KILL', 'TYPE', type);

const ioredis = (name) => ({
  client: client({
    make: (noteAs) => new (require(name))(ports.redis, '127.0.0.1', { retryStrategy: () => { noteAs('Internal', 'retryStrategy'); return 1; } }),
    events: ['connect', 'ready', 'close', 'reconnecting'],
    use: (made) => made.get('key'),
    async after(made, heard) {
      const all = heard('close', 'reconnecting', 'ready');
      await killRedis();
      await all;
      made.disconnect();
    },
  }),
});
const nodeRedis = (name) => ({
  client: client({
    make: (noteAs) => {
      const made = require(name).createClient({ socket: { host: '127.0.0.1', port: ports.redis, reconnectStrategy: () => { noteAs('Internal', 'reconnectStrategy'); return 1; } } });
      made.connected = made.connect();
      return made;
    },
    events: ['connect', 'ready', 'error', 'reconnecting'],
    use: async (made) => { await made.connected; await made.get('key'); },
    async after(made, heard) {
      const all = heard('error', 'reconnecting', 'ready');
      await killRedis();
      await all;
    },
  }),
  subscriber: client({
    make: (noteAs) => {
      const made = require(name).createClient({ socket: { host: '127.0.0.1', port: ports.redis } });
      made.on('error', () => {});
      made.got = new Promise((resolve) => {
        made.connected = made.connect().then(() => made.subscribe('channel', () => { noteAs('Internal', 'message'); resolve(); }));
      });
      return made;
    },
    events: [],
    use: (made) => made.connected,
    async after(made) { await redisLine('PUBLISH', 'channel', 'news'); await made.got; },
  }),
});
const mysqls = (name) => ({
  connection: client({
    make: () => require(name).createConnection(MYSQL),
    events: ['error', 'end'],
    use: (made) => new Promise((resolve) => made.query('select 1', resolve)),
    async after(made, heard) {
      const all = heard('error', 'end');
      require(name).createConnection(MYSQL).query(`kill connection ${made.threadId}`);
      await all;
    },
  }),
  pool: client({
    make: () => require(name).createPool({ ...MYSQL, connectionLimit: 2 }),
    events: ['connection', 'acquire', 'enqueue', 'release'],
    use: (made) => new Promise((resolve) => made.query('select 1', resolve)),
    async after() {},
  }),
});

module.exports = {
  pg: {
    client: client({
      make: () => { const made = new (require('pg').Client)(POSTGRES); made.connect(); made.query('listen channel'); return made; },
      events: ['connect', 'notification', 'notice', 'drain', 'error', 'end'],
      use: (made) => made.query('select 1'),
      async after(made, heard) {
        const other = new (require('pg').Client)(POSTGRES);
        await other.connect();
        const told = heard('notification');
        await other.query("notify channel, 'news'");
        await told;
        const noticed = heard('notice');
        await made.query("do $$ begin raise notice 'heed'; end $$");
        await noticed;
        const ended = heard('error', 'end');
        await other.query(`select pg_terminate_backend(${made.processID})`);
        await ended;
      },
    }),
    pool: client({
      make: (noteAs) => new (require('pg').Pool)({ ...POSTGRES, max: 2, idleTimeoutMillis: 20, verify: (made, done) => { noteAs('Internal', 'verify'); done(); } }),
      events: ['connect', 'acquire', 'release', 'remove'],
      use: (made) => made.query('select 1'),
      async after(made, heard) { if (made.totalCount > 0) await heard('remove'); },
    }),
    'pool whose client dies': client({
      make: () => new (require('pg').Pool)({ ...POSTGRES, max: 1 }),
      events: ['error'],
      use: (made) => made.query('select 1'),
      async after(made, heard) {
        const { rows: [{ pid }] } = await made.query('select pg_backend_pid() pid');
        const other = new (require('pg').Client)(POSTGRES);
        await other.connect();
        const all = heard('error');
        await other.query(`select pg_terminate_backend(${pid})`);
        await all;
      },
    }),
  },
  mysql: mysqls('mysql'),
  mysql2: mysqls('mysql2'),
  redis3: {
    client: client({
      make: (noteAs) => require('redis3').createClient({ port: ports.redis, retry_strategy: () => { noteAs('Internal', 'retry_strategy'); return 1; } }),
      events: ['connect', 'ready', 'end', 'reconnecting'],
      use: (made) => new Promise((resolve) => made.get('key', resolve)),
      async after(made, heard) {
        const all = heard('end', 'reconnecting', 'ready');
        await killRedis();
        await all;
      },
    }),
    subscriber: client({
      make: () => { const made = require('redis3').createClient({ port: ports.redis }); made.subscribe('channel'); return made; },
      events: ['subscribe', 'message'],
      use: (made) => (made.heard ??= once(made, 'subscribe')),
      async after(made, heard) { const all = heard('message'); await redisLine('PUBLISH', 'channel', 'news'); await all; },
    }),
  },
  redis4: nodeRedis('redis4'),
  redis5: nodeRedis('redis5'),
  redis6: nodeRedis('redis6'),
  ioredis4: ioredis('ioredis4'),
  ioredis5: ioredis('ioredis5'),
  ioredis: ioredis('ioredis'),
  mongodb: {
    // There is no server; the client's events about that are enough.
    client: client({
      make: () => { const made = new (require('mongodb').MongoClient)('mongodb://127.0.0.1:1', { serverSelectionTimeoutMS: 20 }); made.failed = made.connect().catch(() => {}); return made; },
      events: ['serverHeartbeatFailed', 'serverDescriptionChanged', 'topologyDescriptionChanged'],
      use: (made) => made.failed,
      async after(made) { await made.close(); },
    }),
  },
};

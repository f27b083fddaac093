'use strict';
/* Work for clients of servers, whose ports are in `PORTS`. Each client is created in the first request. */
const ports = JSON.parse(process.env.PORTS ?? '{}');
const POSTGRES = { host: '127.0.0.1', port: ports.postgresql, user: 'postgres', database: 'postgres' };
const MYSQL = { host: '127.0.0.1', port: ports.mariadb, user: 'corr', database: 'corr' };

/** A case whose client is created in the first request that needs it, and its use in each request. */
const lazily = (make, use) => () => {
  let made;
  return (note, i) => use((made ??= make()), note, i);
};
/** Waits for a callback: `use` gets a function that notes the place and ends the request. */
const until = (use) => (client, note, i) =>
  new Promise((resolve, reject) => use(client, (where) => (error) => (error ? reject(error) : (note(where), resolve())), note, i));

const postgres = (name) => {
  const { Client, Pool, Query } = require(name);
  const pool = (use) => lazily(() => new Pool({ ...POSTGRES, max: 3 }), use);
  const client = (use) => lazily(() => { const made = new Client(POSTGRES); made.connect(); return made; }, use);
  return {
    'pool.query': pool(until((pool, end, note, i) => pool.query('select $1::int', [i], end('callback')))),
    'pool.query, awaited': pool(async (pool, note, i) => { await pool.query('select $1::int', [i]); note('await'); }),
    'pool.query, promisified': pool(async (pool, note) => { await require('node:util').promisify(pool.query).call(pool, 'select 1'); note('await'); }),
    'pool.connect': pool(until((pool, end, note, i) => pool.connect((error, client, release) => {
      note('connected');
      client.query('select $1::int', [i], (failure) => { release(); end('callback')(failure); });
    }))),
    'client.query': client(until((client, end, note, i) => client.query('select $1::int', [i], end('callback')))),
    'callback in the config': client(until((client, end, note, i) => client.query({ text: 'select $1::int', values: [i], callback: end('callback') }))),
    'one config for all': client(until((client, end) => client.query(ONE_CONFIG, end('callback')))),
    'an error': client(until((client, end) => client.query('selec', (error) => end(error.code === '42601' ? 'callback' : 'another error')()))),
    'rows': client(until((client, end, note) => client.query(new Query('select generate_series(1, 2)')).on('row', () => note('row')).on('end', () => end('end')()))),
    'callback of a query object': client(until((client, end) => client.query(new Query('select 1', end('callback'))))),
    'listener taken off': client(until((client, end, note) => {
      const query = client.query(new Query('select 1'));
      const unheard = () => note('unheard');
      query.on('row', unheard).off('row', unheard).on('end', () => end('end')());
    })),
    ...(name === 'pg' ? {
      'cursor': pool(until((pool, end, note) => pool.connect((failure, client, release) => {
        const cursor = client.query(new (require('pg-cursor'))('select generate_series(1, 30)'));
        cursor.read(10, () => { note('read'); cursor.close((error) => { release(); end('closed')(error); }); });
      }))),
      'stream': pool(async (pool, note) => {
        const client = await pool.connect();
        const stream = client.query(new (require('pg-query-stream'))('select generate_series(1, 30)', [], { batchSize: 10 }));
        await new Promise((resolve, reject) => stream.on('data', () => note('data')).on('end', () => { note('end'); resolve(); }).on('error', reject));
        client.release();
      }),
      'passport': pool((pool, note) => new Promise((resolve, reject) => {
        const { Passport } = require('passport');
        const { Strategy } = require('passport-local');
        const passport = new Passport();
        passport.use(new Strategy((user, password, done) => pool.query('select 1', (error) => { note('verify'); done(error, { user }); })));
        const request = { body: { username: 'u', password: 'p' }, logIn: (user, options, done) => { note('login'); done(); } };
        passport.authenticate('local', { session: false })(request, {}, (error) => (error ? reject(error) : (note('next'), resolve())));
      })),
    } : {}),
  };
};
const ONE_CONFIG = { text: 'select 1' };

const mysql = (name) => {
  const library = require(name);
  const pool = (use) => lazily(() => library.createPool({ ...MYSQL, connectionLimit: 3 }), use);
  const connection = (use) => lazily(() => library.createConnection(MYSQL), use);
  const steps = (connection, note, release) => connection.beginTransaction(() => {
    note('begun');
    connection.query('select 1', () => { note('asked'); connection.commit(() => { note('committed'); connection.ping(() => { note('alive'); release(); }); }); });
  });
  return {
    'pool.query': pool(until((pool, end, note, i) => pool.query('select ?', [i], end('callback')))),
    'pool.query, promisified': pool(async (pool, note) => { await require('node:util').promisify(pool.query).call(pool, 'select 1'); note('await'); }),
    'rows of a pool': pool(until((pool, end, note, i) => pool.query('select ?', [i]).on('result', () => note('row')).on('end', () => end('end')()))),
    'stream of a pool': pool(until((pool, end, note, i) => pool.query('select ?', [i]).stream().on('data', () => note('data')).on('end', () => end('end')()))),
    'getConnection': pool((pool, note) => new Promise((resolve) => pool.getConnection((error, connection) => {
      note('connected');
      steps(connection, note, () => { connection.release(); resolve(); });
    }))),
    'a connection of its own': () => (note) => new Promise((resolve, reject) => {
      const own = library.createConnection(MYSQL);
      own.connect((error) => (error ? reject(error) : (note('connected'), own.end(() => { note('ended'); resolve(); }))));
    }),
    'connection.query': connection(until((connection, end, note, i) => connection.query('select ?', [i], end('callback')))),
    'an error': connection(until((connection, end) => connection.query('selec', (error) => end(error.code === 'ER_PARSE_ERROR' ? 'callback' : 'another error')()))),
    'rows': connection(until((connection, end, note, i) => connection.query('select ?', [i]).on('result', () => note('row')).on('end', () => end('end')()))),
    'typeCast': connection(until((connection, end, note) => connection.query({ sql: 'select 1', typeCast: (field, next) => { note('cast'); return next(); } }, end('callback')))),
    'listener taken off': connection(until((connection, end, note) => {
      const unheard = () => note('unheard');
      connection.query('select 1').on('result', unheard).off('result', unheard).on('end', () => end('end')());
    })),
    ...(name === 'mysql' ? {} : {
      'pool.execute': pool(until((pool, end, note, i) => pool.execute('select ?', [i], end('callback')))),
      'prepare': connection((connection, note) => new Promise((resolve) => connection.prepare('select ?', (error, statement) => { note('prepared'); statement.execute([1], () => { note('executed'); resolve(); }); }))),
      'promises': lazily(() => require(`${name}/promise`).createPool({ ...MYSQL, connectionLimit: 3 }), async (pool, note, i) => {
        const asked = pool.query('select ?', [i]);
        if (Object.getPrototypeOf(asked) === Promise.prototype) note('native promise');
        await asked;
        note('await');
      }),
    }),
  };
};

const redis = (name) => {
  const client = (use) => lazily(() => require(name).createClient({ port: ports.redis }), use);
  return {
    'get': client(until((client, end, note, i) => client.get(`key ${i}`, end('callback')))),
    'get, promisified': client(async (client, note, i) => { await require('node:util').promisify(client.get).call(client, `key ${i}`); note('await'); }),
    'hgetall': client(until((client, end) => client.hgetall('no key', end('callback')))),
    'send_command': client(until((client, end) => client.send_command('ping', end('callback')))),
    'multi': client(until((client, end, note, i) => client.multi().set('key', i).get('key', () => note('got')).exec(end('executed')))),
    'batch': client(until((client, end, note, i) => client.batch().set('key', i).get('key', () => note('got')).exec(end('executed')))),
    'an error': client(until((client, end) => client.send_command('nonsense', [], (error) => end(error.code === 'ERR' ? 'callback' : 'another error')()))),
  };
};

const redisPool = (name) => ({
  'execute on a pool': lazily(async () => { const pool = require(name).createClientPool({ socket: { host: '127.0.0.1', port: ports.redis } }, { minimum: 1, maximum: 1 }); await pool.connect(); return pool; },
    async (made, note, i) => { const pool = await made; await pool.execute(async (client) => { note('executed'); await client.get(`key ${i}`); note('got'); }); }),
});

/** Clients that connect lazily, each in its own request. */
const ioredis = (name) => ({
  'a client of its own': () => (note) => new Promise((resolve, reject) => {
    const own = new (require(name))(ports.redis, '127.0.0.1', { lazyConnect: true });
    own.connect((error) => (error ? reject(error) : (note('connected'), own.get('key', () => { note('got'); own.disconnect(); resolve(); }))));
  }),
});

module.exports = {
  get pg() { return postgres('pg'); },
  get 'pg-floor'() { return postgres('pg-floor'); },
  get postgres() {
    const sql = (use) => lazily(() => require('postgres')({ host: '127.0.0.1', port: ports.postgresql, user: 'postgres', max: 1 }), use);
    return {
      'rows': sql(async (made, note) => { await made`select 1`.forEach(() => note('row')); note('await'); }),
      'cursor': sql(async (made, note) => { await made`select 1`.cursor(1, () => note('row')); note('await'); }),
    };
  },
  get mysql() { return mysql('mysql'); },
  get mysql2() { return mysql('mysql2'); },
  get mysql2v2() { return mysql('mysql2v2'); },
  get redis2() { return redis('redis2'); },
  get redis3() { return redis('redis3'); },
  get redis5() { return redisPool('redis5'); },
  get redis6() { return redisPool('redis6'); },
  get ioredis() { return ioredis('ioredis'); },
  get ioredis5() { return ioredis('ioredis5'); },
  get ioredis4() { return ioredis('ioredis4'); },
  get memcached() {
    const client = (use) => lazily(() => new (require('memcached'))(`127.0.0.1:${ports.memcached}`, { poolSize: 3 }), use);
    return {
      set: client(until((client, end, note, i) => client.set(`key${i}`, 'value', 10, end('callback')))),
      get: client(until((client, end, note, i) => client.get(`key${i}`, end('callback')))),
      getMulti: client(until((client, end, note, i) => client.getMulti([`key${i}`, 'another'], end('callback')))),
      del: client(until((client, end, note, i) => client.del(`key${i}`, end('callback')))),
    };
  },
  get sqlite3() {
    const database = (use) => lazily(() => new (require(process.env.SQLITE3).Database)(':memory:'), use);
    return {
      get: database(until((database, end, note, i) => database.get('select ?', i, end('callback')))),
      all: database(until((database, end, note, i) => database.all('select ?', [i], end('callback')))),
      each: database(until((database, end, note) => database.each('select 1', () => note('row'), () => end('complete')()))),
      exec: database(until((database, end) => database.exec('select 1', end('callback')))),
      statement: database(until((database, end, note, i) => {
        const statement = database.prepare('select ?', () => note('prepared'));
        statement.all(i, () => note('all'));
        statement.finalize(() => end('finalized')());
      })),
    };
  },
};

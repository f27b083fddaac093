'use strict';
/* Work for queues, limits and pools within the process. A case returns what one request does. */
const { withCorrelationId } = require('@corr/propagator');

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A queue with one worker: `push` gets a task and a callback. */
const queued = (push) => (note) => new Promise((resolve) => push({ note }, () => { note('callback'); resolve(); }));
const worker = (task, done) => { task.note('worker'); setTimeout(done, 1); };
/** One request after the other, each in its own context. */
const inTurn = (use) => {
  let turn = Promise.resolve();
  return (note) => (turn = turn.then(() => new Promise((end) => use(note, end))));
};
const task = (note) => async () => { note('start'); await wait(1); note('task'); };

const asyncQueues = (async) => ({
  queue() { const queue = async.queue(worker, 1); return queued((...given) => queue.push(...given)); },
  unshift() { const queue = async.queue(worker, 1); return queued((...given) => queue.unshift(...given)); },
  priorityQueue() {
    const queue = async.priorityQueue(worker, 1);
    return (note, i) => queued((given, done) => queue.push(given, i % 3, done))(note);
  },
  'cargo of one each'() {
    const cargo = async.cargo((tasks, done) => worker(tasks[0], done), 1);
    return queued((...given) => cargo.push(...given));
  },
  'cargo of several'(noteAs) {
    const cargo = async.cargo((tasks, done) => { if (tasks.length > 1) noteAs('Internal', 'worker of several'); setTimeout(done, 1); }, 5);
    return queued((...given) => cargo.push(...given));
  },
  'a task replaced'() {
    const task = {};
    const tasks = async.queue((value, done) => { task.note('worker'); done(); }, 1);
    return inTurn((note, end) => {
      tasks.remove(({ data }) => data === task); // which the request before has pushed
      task.note = note;
      tasks.push(task, () => { note('callback'); tasks.pause(); tasks.push(task, () => {}); end(); });
      tasks.resume();
    });
  },
  'equal tasks in another order'(noteAs) {
    const tasks = async.priorityQueue((value, done) => { noteAs('Internal', 'worker'); setTimeout(done, 1); }, 1);
    return inTurn((note, end) => {
      tasks.push('same', 9, () => { note('callback'); end(); });
      withCorrelationId('another', () => tasks.push('same', 1, () => {}));
    });
  },
  'equal tasks'() {
    // The worker cannot tell equal tasks apart, so only the callbacks show which request they belong to.
    const queue = async.queue((value, done) => setTimeout(done, 1), 1);
    return queued((given, done) => queue.push('same', done));
  },
  memoize() {
    const memoized = async.memoize((key, done) => setTimeout(done, 2, null, key));
    return (note, i) => new Promise((resolve) => memoized(`key ${i % 4}`, () => { note('callback'); resolve(); }));
  },
});
const limit = (name) => ({
  limit() { const limited = require(name)(1); return (note) => limited(task(note)); },
  default() { const limited = (require(name).default ?? require(name))(1); return (note) => limited(task(note)); },
  'arguments'() {
    const Passed = class { method() {} };
    const limited = require(name)(1);
    return async (note, i) => {
      const seen = await limited(async (...given) => { note('start'); await wait(1); return given; }, i, Passed);
      if (seen[0] === i && seen[1] === Passed) note('arguments');
    };
  },
});
const promiseQueue = (Queue) => ({
  add() { const queue = new Queue({ concurrency: 1 }); return (note) => queue.add(task(note)); },
  addAll() { const queue = new Queue({ concurrency: 1 }); return (note) => queue.addAll([task(note), task(note)]); },
  paused() {
    const queue = new Queue({ concurrency: 1, autoStart: false });
    return (note) => { const added = queue.add(task(note)); setImmediate(() => queue.start()); return added; };
  },
});

const nodemailer = (name) => ({
  'a pool'() {
    const { SMTPServer } = require('smtp-server');
    const server = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'], onData: (stream, session, done) => stream.resume().on('end', done) });
    const transport = new Promise((resolve) => server.listen(0, '127.0.0.1', () => {
      resolve(require(name).createTransport({ host: '127.0.0.1', port: server.server.address().port, pool: true, maxConnections: 1, ignoreTLS: true }));
    }));
    return async (note) => {
      const sender = await transport;
      await new Promise((resolve, reject) => sender.sendMail({ from: 'a@b.example', to: 'c@d.example', text: '' }, (error) => (error ? reject(error) : (note('sent'), resolve()))));
    };
  },
});

module.exports = {
  nodemailer: nodemailer('nodemailer'),
  nodemailer6: nodemailer('nodemailer6'),
  fastq: {
    push() { const queue = require('fastq')(worker, 1); return queued((...given) => queue.push(...given)); },
    unshift() { const queue = require('fastq')(worker, 1); return queued((...given) => queue.unshift(...given)); },
    'a task after a kill'() {
      const task = {};
      let finish = () => {};
      const queue = require('fastq')((given, done) => { if (given === task) { task.note('worker'); done(); } else finish = done; }, 1);
      return inTurn((note, end) => {
        task.note = note;
        const finishBefore = finish;
        queue.push(task, () => {
          note('callback');
          queue.push('keeps the queue busy', () => {});
          setImmediate(() => { queue.push(task, () => {}); queue.kill(); end(); });
        });
        finishBefore();
      });
    },
    promise() {
      const queue = require('fastq').promise(async (given) => { given.note('worker'); await wait(1); }, 1);
      return async (note) => { await queue.push({ note }); note('callback'); };
    },
    'a worker with its own this'() {
      const self = {};
      const queue = require('fastq')(self, function (given, done) { if (this === self) worker(given, done); }, 1);
      return queued((...given) => queue.push(...given));
    },
  },
  async: {
    ...asyncQueues(require('async')),
    'async worker'() {
      const queue = require('async').queue(async (given) => { given.note('worker'); await wait(1); }, 1);
      return async (note) => { await queue.push({ note }); note('callback'); };
    },
    pushAsync() { const queue = require('async').queue(worker, 1); return async (note) => { await queue.pushAsync({ note }); note('callback'); }; },
    cargoQueue() {
      const cargo = require('async').cargoQueue((tasks, done) => worker(tasks[0], done), 1, 1);
      return queued((...given) => cargo.push(...given));
    },
    'a file of its own'() { const queue = require('async/queue')(worker, 1); return queued((...given) => queue.push(...given)); },
    'priorityQueue in a file of its own'() {
      const queue = require('async/priorityQueue')(worker, 1);
      return (note, i) => queued((given, done) => queue.push(given, i % 3, done))(note);
    },
    imported() {
      const loaded = import('async');
      let queue;
      return async (note) => { queue ??= (await loaded).default.queue(worker, 1); return queued((...given) => queue.push(...given))(note); };
    },
  },
  async2: asyncQueues(require('async2')),
  'p-limit2': limit('p-limit2'),
  'p-limit3': {
    ...limit('p-limit3'),
    imported() {
      const loaded = import('p-limit3');
      let limited;
      return async (note) => { limited ??= (await loaded).default(1); return limited(task(note)); };
    },
  },
  'p-queue4': promiseQueue(require('p-queue4')),
  'p-queue6': promiseQueue(require('p-queue6').default),
  bottleneck: Object.fromEntries(
    ['', '/light', '/es5'].flatMap((part) => {
      const limiter = () => new (require(`bottleneck${part}`))({ maxConcurrent: 1 });
      return [
        [`schedule${part}`, () => { const limited = limiter(); return (note) => limited.schedule(task(note)); }],
        [`schedule with options${part}`, () => { const limited = limiter(); return (note) => limited.schedule({ priority: 3 }, task(note)); }],
        [`submit${part}`, () => { const limited = limiter(); return (note) => new Promise((resolve) => limited.submit((done) => { note('task'); setTimeout(done, 1); }, () => { note('callback'); resolve(); })); }],
        ...(part === '' ? [['events', () => {
          const limited = limiter();
          for (const event of ['executing', 'failed', 'done']) limited.on(event, (...given) => { given.at(-1).args[0](event); if (event === 'failed' && given[1].retryCount === 0) return 1; });
          return async (note) => { let tries = 0; await limited.schedule(async (noted) => { await wait(1); if (tries++ === 0) throw new Error('again'); noted('task'); }, note); };
        }]] : []),
        [`wrap${part}`, () => { const wrapped = limiter().wrap((note) => task(note)()); return (note) => wrapped(note); }],
        [`group${part}`, () => { const group = new (require(`bottleneck${part}`).Group)({ maxConcurrent: 1 }); return (note) => group.key('k').schedule(task(note)); }],
      ];
    }),
  ),
  bluebird: {
    map() { const Bluebird = require('bluebird'); return (note) => Bluebird.map([1, 2, 3], task(note), { concurrency: 1 }).then(() => note('then')); },
    promisify() {
      // Its callbacks come from a queue that nothing binds.
      const waiting = [];
      const next = () => { const done = waiting.shift(); if (done !== undefined) setTimeout(() => { done(); next(); }, 1); };
      const push = require('bluebird').promisify((done) => { if (waiting.push(done) === 1) next(); });
      return (note) => push().then(() => note('then')).finally(() => note('finally'));
    },
    'a copy of it'() { const Bluebird = require('bluebird').getNewLibraryCopy(); return (note) => Bluebird.map([1, 2, 3], task(note), { concurrency: 1 }).then(() => note('then')); },
  },
  'generic-pool2': {
    acquire() {
      const pool = require('generic-pool2').Pool({ name: 'pool', max: 1, create: (done) => setTimeout(done, 1, null, {}), destroy() {} });
      return (note) => new Promise((resolve) => pool.acquire((error, object) => { note('acquired'); setTimeout(() => { pool.release(object); resolve(); }, 1); }));
    },
  },
  'async-lock': {
    callbacks() {
      const lock = new (require('async-lock'))();
      return (note) => new Promise((resolve) => lock.acquire('key', (done) => { note('task'); setTimeout(done, 1); }, () => { note('callback'); resolve(); }));
    },
    promises() { const lock = new (require('async-lock'))(); return (note) => lock.acquire('key', () => task(note)()); },
  },
  'better-queue': {
    push(noteAs) {
      // Its store copies tasks, so the worker does not know who pushed one.
      const queue = new (require('better-queue'))((given, done) => { noteAs('Internal', 'worker'); setTimeout(done, 1); }, { concurrent: 1 });
      return (note) => new Promise((resolve) => queue.push({}, () => { note('callback'); resolve(); }).on('started', () => note('started')));
    },
  },
  workerpool: {
    exec() {
      const pool = require('workerpool').pool({ maxWorkers: 1 });
      return (note) => pool.exec((n) => n, [1]).then(() => note('then')).always(() => note('always')).then(() => note('then again'));
    },
    'exec, awaited'() { const pool = require('workerpool').pool({ maxWorkers: 1 }); return async (note) => { await pool.exec((n) => n, [1]); note('await'); }; },
  },
};

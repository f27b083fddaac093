'use strict';
/* Work for queues, limits and pools within the process. A case returns what one request does. */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A queue with one worker: `push` gets a task and a callback. */
const queued = (push) => (note) => new Promise((resolve) => push({ note }, () => { note('callback'); resolve(); }));
const worker = (task, done) => { task.note('worker'); setTimeout(done, 1); };
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

module.exports = {
  fastq: {
    push() { const queue = require('fastq')(worker, 1); return queued((...given) => queue.push(...given)); },
    unshift() { const queue = require('fastq')(worker, 1); return queued((...given) => queue.unshift(...given)); },
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

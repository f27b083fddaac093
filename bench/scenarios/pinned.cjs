'use strict';
const { bare, carry, handWritten, hops } = require('../variants/index.cjs');
const onHeap = require('./on-heap.cjs');

/** What a request leaves behind, how many of them, and the driver's order that makes so many. */
const LEFT = {
  timer: { what: 'a timer', count: 40_000, order: (count) => ({ requests: count }) },
  connection: { what: 'a connection that idles', count: 4_000, order: (count, times) => ({ connections: count * times, requests: count * times }) },
  websocket: { what: 'a websocket', count: 4_000, order: (count) => ({ requests: count, upgrade: true }) },
};

const variants = {};
for (const [left, { what }] of Object.entries(LEFT)) {
  for (const [name, variant] of Object.entries({ bare, handWritten, carry, hops })) {
    variants[`${left}.${name}`] = { ...variant, left, env: { ...variant.env, BENCH_LEAVES: left }, title: `${what}: ${variant.title}` };
  }
}

module.exports = onHeap({
  title: 'Memory: what a request leaves behind on the heap, garbage collected before each look',
  unit: 'bytes each',
  rounds: { full: 3, quick: 1 },
  app: 'pinned.cjs',
  variants,

  async measure({ request, inUse, quick, variant: { left } }) {
    const count = LEFT[left].count / (quick ? 4 : 1);
    const leave = (times) => request(LEFT[left].order(count, times));
    await request({ requests: 5_000 });
    await leave(1);
    const before = await inUse();
    await leave(2);
    return ((await inUse()) - before) / count;
  },
});

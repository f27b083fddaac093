'use strict';
const { Child, here, oneByOne } = require('../processes.cjs');
const { bare, carry, handWritten, hops } = require('../variants/index.cjs');

/** What a request leaves behind, how many of them, and the driver's order that makes so many. */
const LEFT = {
  timer: { what: 'a timer', count: 40_000, order: (count) => ({ connections: 50, requests: count }) },
  connection: { what: 'a connection that idles', count: 4_000, order: (count, times) => ({ connections: count * times, requests: count * times }) },
  websocket: { what: 'a websocket', count: 4_000, order: (count) => ({ requests: count, upgrade: true }) },
};

const variants = {};
for (const [left, { what }] of Object.entries(LEFT)) {
  for (const [name, variant] of Object.entries({ bare, handWritten, carry, hops })) {
    variants[`${left}.${name}`] = { ...variant, left, env: { ...variant.env, BENCH_LEAVES: left }, title: `${what}: ${variant.title}` };
  }
}

module.exports = {
  title: 'Memory: what a request leaves behind on the heap, garbage collected before each look',
  unit: 'bytes each',
  rounds: { full: 3, quick: 1 },
  variants,

  async open({ node, quick }) {
    const driver = new Child(process.execPath, here('driver.cjs'));
    await driver.answer();
    return {
      round: oneByOne(async (name) => {
        const { nodeArgs = [], env, echoes, setup = '', left } = variants[name];
        const count = LEFT[left].count / (quick ? 4 : 1);
        const server = new Child(node, here('apps/pinned.cjs'), { nodeArgs: ['--expose-gc', ...nodeArgs], env: { ...env, BENCH_VARIANT: setup } });
        try {
          const { port } = await server.answer();
          const leave = (times) => driver.ask({ port, echo: echoes === true, ...LEFT[left].order(count, times) });
          await driver.ask({ port, echo: echoes === true, connections: 50, requests: 5_000 });
          await leave(1);
          const { heap: before } = await server.ask('heap');
          await leave(2);
          const { heap: after } = await server.ask('heap');
          return (after - before) / count;
        } finally {
          await server.stop();
        }
      }),
      close: () => driver.stop(),
    };
  },
};

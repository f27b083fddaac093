'use strict';
const { Child, here, oneByOne } = require('../processes.cjs');
const { bare, carry, hops } = require('../variants/index.cjs');

const variants = { bare, carry, hops };

module.exports = {
  title: 'Heap: growth after warm-up, garbage collected before each look',
  unit: 'bytes per request',
  rounds: { full: 1, quick: 1 },
  variants,
  more: { requests: 'requests', before: 'KiB before', after: 'KiB after' },

  async open({ node, quick }) {
    const driver = new Child(process.execPath, here('driver.cjs'));
    await driver.answer();
    const requests = quick ? 20_000 : 1_000_000;
    return {
      round: oneByOne(async (name) => {
        const { nodeArgs = [], env, echoes } = variants[name];
        const server = new Child(node, here('apps/hello.cjs'), { nodeArgs: ['--expose-gc', ...nodeArgs], env });
        try {
          const { port } = await server.answer();
          const order = { port, connections: 50, echo: echoes === true };
          await driver.ask({ ...order, requests: quick ? 20_000 : 100_000 });
          const { heap: before } = await server.ask('heap');
          await driver.ask({ ...order, requests });
          const { heap: after } = await server.ask('heap');
          return { value: (after - before) / requests, requests, before: before / 1024, after: after / 1024 };
        } finally {
          await server.stop();
        }
      }),
      close: () => driver.stop(),
    };
  },
};

'use strict';
const { Child, here, oneByOne } = require('../processes.cjs');

/** A scenario that looks at a server's heap after a garbage collection: `measure` orders requests and asks for the bytes in use. */
module.exports = ({ app, measure, ...scenario }) => ({
  ...scenario,
  async open({ node, quick, variants }) {
    const driver = new Child(process.execPath, here('driver.cjs'));
    await driver.answer();
    return {
      round: oneByOne(async (name) => {
        const { nodeArgs = [], env, echoes, setup = '', ...variant } = variants[name];
        const server = new Child(node, here('apps', app), { nodeArgs: ['--expose-gc', ...nodeArgs], env: { ...env, BENCH_VARIANT: setup } });
        try {
          const { port } = await server.answer();
          const request = (order) => driver.ask({ port, connections: 50, echo: echoes === true, ...order });
          const inUse = async () => (await server.ask('heap')).heap;
          return await measure({ request, inUse, quick, variant });
        } finally {
          await server.stop();
        }
      }),
      close: () => driver.stop(),
    };
  },
});

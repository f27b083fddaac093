'use strict';
const { ofProcess } = require('../instructions.cjs');
const { Child, here, oneByOne } = require('../processes.cjs');

/** A scenario that measures by fresh processes. Each answers with one number. */
module.exports = ({ app, orders, ...scenario }) => ({
  ...scenario,
  instructions: ofProcess({ app, count: 30_000 }),
  async open({ node, quick, variants }) {
    return {
      round: oneByOne(async (name) => {
        const { nodeArgs = [], args, env } = variants[name];
        const child = new Child(node, here('apps', app), { nodeArgs, env, args: [...args, String(quick ? orders.quick : orders.full)] });
        try {
          return (await child.answer()).value;
        } finally {
          await child.stop();
        }
      }),
      close: () => undefined,
    };
  },
});

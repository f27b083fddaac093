'use strict';
const { Child, here, oneByOne } = require('../processes.cjs');

/** A scenario whose every measurement is a fresh process that answers with one number. */
module.exports = ({ app, orders, ...scenario }) => ({
  ...scenario,
  async open({ node, quick }) {
    return {
      round: oneByOne(async (name) => {
        const { nodeArgs = [], args } = scenario.variants[name];
        const child = new Child(node, here('apps', app), { nodeArgs, args: [...args, String(quick ? orders.quick : orders.full)] });
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

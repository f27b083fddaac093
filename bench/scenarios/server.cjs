'use strict';
const { Child, cpuPerRequest, here } = require('../processes.cjs');
const variants = require('../variants/index.cjs');

module.exports = {
  title: 'Server: hello and two pino lines',
  unit: 'µs CPU per request',
  rounds: { full: 9, quick: 1 },
  variants,

  async open({ node, quick }) {
    const driver = new Child(process.execPath, here('driver.cjs'));
    await driver.answer();
    const load = { connections: 50, warmUp: quick ? 8_000 : 30_000, requests: 1_500, windows: quick ? 4 : 11 };
    return {
      measure: (name) => cpuPerRequest({ node, driver, app: 'hello.cjs', variant: variants[name], ...load }),
      close: () => driver.stop(),
    };
  },
};

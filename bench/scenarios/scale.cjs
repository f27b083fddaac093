'use strict';
const { Child, cpuPerRequest, here } = require('../processes.cjs');
const { bare, carry } = require('../variants/index.cjs');

const variants = {};
for (const [name, variant] of Object.entries({ bare, carry })) {
  for (const inFlight of [1, 100, 1_000, 10_000]) {
    variants[`${name}.${inFlight}`] = { ...variant, inFlight, title: `${variant.title}: ${inFlight.toLocaleString('en')} in flight` };
  }
}

module.exports = {
  title: 'Scale: requests that wait for one another, so that exactly so many are in flight',
  unit: 'µs CPU per request',
  rounds: { full: 5, quick: 1 },
  variants,

  async open({ node, quick }) {
    const driver = new Child(process.execPath, here('driver.cjs'));
    await driver.answer();
    return {
      measure(name) {
        const variant = variants[name];
        const { inFlight } = variant;
        const requests = Math.max(inFlight, 2_000);
        const load = { connections: inFlight, warmUp: quick ? requests : 20_000, requests, windows: quick ? 1 : 5 };
        return cpuPerRequest({ node, driver, app: 'held.cjs', variant, env: { BENCH_IN_FLIGHT: String(inFlight) }, ...load });
      },
      close: () => driver.stop(),
    };
  },
};

'use strict';
const { Child, cpuPerRequest, here } = require('../processes.cjs');
const { bare, handWritten, carry, noSdk } = require('../variants/index.cjs');

const variants = {};
for (const client of ['http', 'fetch']) {
  for (const [name, variant] of Object.entries({ bare, handWritten, carry, noSdk })) {
    const title = variant.title.replace('instrumentation-http', client === 'http' ? '$&' : '$& and -undici');
    variants[`${client}.${name}`] = { ...variant, client, title: `${client}: ${title}` };
  }
}

module.exports = {
  title: 'Hop: the same server, which asks a second one with keep-alive before it answers',
  unit: 'µs CPU per request',
  rounds: { full: 5, quick: 1 },
  variants,

  async open({ node, quick }) {
    const driver = new Child(process.execPath, here('driver.cjs'));
    const { upstream } = await driver.answer();
    const load = { connections: 50, warmUp: quick ? 2_000 : 15_000, requests: 1_000, windows: quick ? 3 : 11 };
    return {
      measure(name) {
        const variant = variants[name];
        const env = { BENCH_CLIENT: variant.client, BENCH_UPSTREAM: String(upstream) };
        return cpuPerRequest({ node, driver, app: 'hop.cjs', variant, env, ...load });
      },
      close: () => driver.stop(),
    };
  },
};

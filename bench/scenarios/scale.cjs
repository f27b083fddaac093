'use strict';
const servers = require('../servers.cjs');
const { bare, carry } = require('../variants/index.cjs');

const variants = {};
for (const [name, variant] of Object.entries({ bare, carry })) {
  for (const inFlight of [1, 100, 1_000, 10_000]) {
    variants[`${name}.${inFlight}`] = {
      ...variant,
      connections: inFlight,
      requests: Math.max(inFlight, 2_000),
      env: { BENCH_IN_FLIGHT: String(inFlight) },
      title: `${variant.title}: ${inFlight.toLocaleString('en')} in flight`,
    };
  }
}

module.exports = servers({
  title: 'Scale: requests that wait for one another, so that exactly so many are in flight',
  rounds: { full: 5, quick: 1 },
  app: 'held.cjs',
  load: { full: { warmUp: 20_000, windows: 9 }, quick: { warmUp: 10_000, windows: 1 } },
  variants,
  // Both together would need more open files than a process may have.
  apart: (name) => name.split('.')[0],
});

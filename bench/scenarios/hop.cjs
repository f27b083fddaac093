'use strict';
const servers = require('../servers.cjs');
const { bare, handWritten, carry, hops, noSdk, trace } = require('../variants/index.cjs');

/** Records of hops are two lines more. This variant says what two lines cost. */
const lines = { ...carry, title: `${carry.title}, two more lines`, env: { BENCH_MORE_LINES: 'true' } };

/** Without the queue of pino's destination, see apps/destination.cjs. */
const sync = Object.fromEntries(
  Object.entries({ bare, handWritten, carry, hops, trace }).map(([name, variant]) => [`${name}Sync`, { ...variant, title: `${variant.title}, lines written at once`, env: { ...variant.env, BENCH_SYNC: 'true' } }]),
);

const variants = {};
for (const client of ['http', 'fetch']) {
  for (const [name, variant] of Object.entries({ bare, handWritten, carry, lines, hops, noSdk, trace, ...(client === 'http' ? sync : {}) })) {
    const title = variant.title.replace('instrumentation-http', client === 'http' ? '$&' : '$& and -undici');
    variants[`${client}.${name}`] = { ...variant, env: { ...variant.env, BENCH_CLIENT: client }, title: `${client}: ${title}` };
  }
}

module.exports = servers({
  title: 'Hop: the same server, which asks a second one with keep-alive before it answers',
  rounds: { full: 5, quick: 1 },
  app: 'hop.cjs',
  load: {
    full: { connections: 50, warmUp: 15_000, requests: 1_000, windows: 20 },
    quick: { connections: 50, warmUp: 2_000, requests: 1_000, windows: 3 },
  },
  variants,
});

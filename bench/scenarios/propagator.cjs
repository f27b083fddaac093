'use strict';
const inProcess = require('./in-process.cjs');

const peers = { ours: '@corr, CorrelationIdPropagator', baggage: 'W3CBaggagePropagator', traceContext: 'W3CTraceContextPropagator' };
const variants = {};
for (const operation of ['inject', 'extract', 'nothing']) {
  for (const [peer, name] of Object.entries(peers)) {
    const what = operation === 'nothing' ? 'extract of nothing' : operation;
    variants[`${operation}.${peer}`] = { title: `${what}: ${name}`, args: [operation, peer], ours: peer === 'ours' };
  }
}

module.exports = inProcess({
  title: 'Propagator: with a request’s headers as the carrier, a new ID each time',
  unit: 'ns CPU per call',
  rounds: { full: 9, quick: 1 },
  app: 'propagator.cjs',
  orders: { full: 1_000_000, quick: 400_000 },
  variants,
});

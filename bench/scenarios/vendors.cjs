'use strict';
const { here } = require('../processes.cjs');
const servers = require('../servers.cjs');
const { bare, carry, trace } = require('../variants/index.cjs');
const { required, telemetry } = require('../variants/preloads.cjs');

/** The tracers that people run, each with its defaults: all requests are traced, and nothing leaves the machine. */
const tracers = {
  bare,
  carry,
  trace,
  sentry: { title: '@sentry/node', nodeArgs: required(here('variants/sentry-preload.cjs')), traces: 'driver' },
  datadog: {
    title: 'dd-trace, DD_LOGS_INJECTION, no agent',
    // Version 6 does not run on Node 20.
    since: 22,
    nodeArgs: required(here('node_modules/dd-trace/init.js')),
    env: { DD_LOGS_INJECTION: 'true' },
    onLines: /"dd":\{[^}]*"trace_id":"/,
  },
  otel: {
    title: '@opentelemetry/auto-instrumentations-node',
    nodeArgs: required(here('variants/null-exporter.cjs'), here('node_modules/@opentelemetry/auto-instrumentations-node/build/src/register.js')),
    env: telemetry,
    onLines: /"trace_id":"/,
    traces: 'exporter',
  },
};

const variants = {};
for (const [framework, name] of [['express', 'express 5'], ['fastify', 'fastify 5']]) {
  for (const [tracer, variant] of Object.entries(tracers)) {
    const env = { NODE_ENV: 'production', BENCH_FRAMEWORK: framework, ...variant.env };
    variants[`${framework}.${tracer}`] = { ...variant, app: `frameworks/${framework}.cjs`, env, title: `${name}: ${variant.title}` };
  }
}

module.exports = servers({
  title: 'Vendors: the same applications under what else people preload',
  rounds: { full: 3, quick: 1 },
  load: {
    full: { connections: 50, warmUp: 10_000, requests: 1_000, windows: 10 },
    quick: { connections: 50, warmUp: 2_000, requests: 500, windows: 3 },
  },
  variants,
  apart: (name) => name.split('.')[0],
});

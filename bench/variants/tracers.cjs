'use strict';
const { here } = require('../processes.cjs');
const { required, telemetry } = require('./preloads.cjs');

/** The tracers that people run, each with its defaults: all requests are traced, and nothing leaves the machine. */
module.exports = {
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

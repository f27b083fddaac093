'use strict';
const { here } = require('../processes.cjs');

const preload = here('../packages/auto-register/dist/register.js');
const required = (...files) => files.flatMap((file) => ['-r', file]);

// Traces to an exporter that sends nothing, in both variants that have an SDK.
const telemetry = {
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_SERVICE_NAME: 'bench',
  OTEL_NODE_RESOURCE_DETECTORS: 'none',
};

/** How an app gets its ID; `echoes`: the response has it, and the driver checks that it is the right one. */
module.exports = {
  bare: { title: 'bare' },
  handWritten: { title: 'hand-written AsyncLocalStorage and mixin', setup: 'hand-written.cjs', echoes: true },
  clsRtracer: { title: 'cls-rtracer with its pino recipe', setup: 'cls-rtracer.cjs', echoes: true },
  carry: { title: '@corr, carry mode', nodeArgs: required(preload), echoes: true, ours: true },
  hops: { title: '@corr, carry mode with hops', nodeArgs: required(preload), env: { CORR_HOPS: 'true' }, echoes: true, ours: true },
  noSdk: { title: 'instrumentation-http, same propagator, no SDK', setup: 'no-sdk.cjs', nodeArgs: required(here('variants/no-sdk-preload.cjs')) },
  sdk: { title: 'NodeSDK without us', nodeArgs: required(here('variants/null-exporter.cjs'), here('variants/sdk-preload.cjs')), env: telemetry, traces: true },
  trace: {
    title: '@corr, trace mode',
    nodeArgs: required(here('variants/null-exporter.cjs'), preload),
    env: { ...telemetry, CORR_MODE: 'trace' },
    echoes: true,
    ours: true,
    traces: true,
  },
};

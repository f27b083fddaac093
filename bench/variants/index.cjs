'use strict';
const { here } = require('../processes.cjs');
const { required, telemetry } = require('./preloads.cjs');

const preload = here('../packages/auto-register/dist/register.js');

/**
 * How an app gets its ID. What is checked of each: `echoes`, the response has its request's ID; `onLines`, both lines have the ID or a
 * match; `traces`, something was sent, to the exporter that drops it or to the driver.
 */
module.exports = {
  bare: { title: 'bare' },
  handWritten: { title: 'hand-written AsyncLocalStorage and mixin', setup: 'hand-written.cjs', echoes: true, onLines: 'id' },
  clsRtracer: { title: 'cls-rtracer with its pino recipe', setup: 'cls-rtracer.cjs', echoes: true, onLines: 'id' },
  carry: { title: '@corr, carry mode', nodeArgs: required(preload), echoes: true, onLines: 'id', ours: true },
  hops: { title: '@corr, carry mode with hops', nodeArgs: required(preload), env: { CORR_HOPS: 'true' }, echoes: true, onLines: 'id', ours: true },
  noSdk: { title: 'instrumentation-http, same propagator, no SDK', setup: 'no-sdk.cjs', nodeArgs: required(here('variants/no-sdk-preload.cjs')), onLines: 'id' },
  sdk: { title: 'NodeSDK without us', nodeArgs: required(here('variants/null-exporter.cjs'), here('variants/sdk-preload.cjs')), env: telemetry, onLines: /"trace_id":"/, traces: 'exporter' },
  trace: {
    title: '@corr, trace mode',
    nodeArgs: required(here('variants/null-exporter.cjs'), preload),
    env: { ...telemetry, CORR_MODE: 'trace' },
    echoes: true,
    onLines: 'id',
    ours: true,
    traces: 'exporter',
  },
};

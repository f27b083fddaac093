'use strict';
/* instrumentation-http and -undici with the same propagator, and no SDK: context and headers, but no spans. */
const otel = require('./otel.cjs');
const { context, propagation } = otel('api');
const { AsyncLocalStorageContextManager } = otel('context-async-hooks');
const { registerInstrumentations } = otel('instrumentation');
const { HttpInstrumentation } = otel('instrumentation-http');
const { UndiciInstrumentation } = otel('instrumentation-undici');
const { CorrelationIdPropagator } = require('../../packages/propagator');

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new CorrelationIdPropagator({ generate: true }));
registerInstrumentations({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()] });

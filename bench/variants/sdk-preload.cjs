'use strict';
/* The SDK that trace mode starts, written by hand: spans only, with the exporter and the batch processor from the environment. */
const otel = require('./otel.cjs');
const { NodeSDK } = otel('sdk-node');
const { HttpInstrumentation } = otel('instrumentation-http');
const { UndiciInstrumentation } = otel('instrumentation-undici');
const { PinoInstrumentation } = otel('instrumentation-pino');

new NodeSDK({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation(), new PinoInstrumentation({ disableLogSending: true })] }).start();

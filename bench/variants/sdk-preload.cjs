'use strict';
/* The SDK that trace mode starts, as one writes it by hand: exporter and batch processor by environment, spans alone. */
const otel = require('./otel.cjs');
const { NodeSDK } = otel('sdk-node');
const { HttpInstrumentation } = otel('instrumentation-http');
const { UndiciInstrumentation } = otel('instrumentation-undici');
const { PinoInstrumentation } = otel('instrumentation-pino');

new NodeSDK({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation(), new PinoInstrumentation({ disableLogSending: true })] }).start();

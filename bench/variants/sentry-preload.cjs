'use strict';
/* Sentry as its guide has it: everything traced, an error handler behind the routes. It sends to the load process, which counts. */
const Sentry = require('@sentry/node');

Sentry.init({ dsn: `http://public@127.0.0.1:${process.env.BENCH_UPSTREAM}/1`, tracesSampleRate: 1.0 });
globalThis.setupErrorHandler = { express: Sentry.setupExpressErrorHandler, fastify: Sentry.setupFastifyErrorHandler }[process.env.BENCH_FRAMEWORK];

'use strict';
/* express 5. BENCH_WAY says who gives its lines an ID: nobody here, or a package as its README says. */
const { randomUUID } = require('node:crypto');
const http = require('node:http');
const express = require('express');
const pino = require('pino');
const report = require('../report.cjs');

const app = express();
const ways = {
  bare: () => fixed(pino()),
  'cls-rtracer'() {
    const rTracer = require('cls-rtracer');
    app.use(rTracer.expressMiddleware({ useHeader: true, headerName: 'Correlation-Id', echoHeader: true }));
    return fixed(pino({ mixin: () => ({ correlation_id: rTracer.id() }) }));
  },
  'pino-http'() {
    const genReqId = (request, response) => {
      const id = request.headers['correlation-id'] ?? randomUUID();
      response.setHeader('Correlation-Id', id);
      return id;
    };
    // Without its own line of each request, and with the ID alone on the application's: no more than the others write.
    app.use(require('pino-http')({ genReqId, quietReqLogger: true, autoLogging: false }));
    return (request) => request.log;
  },
};
const fixed = (log) => () => log;
const logOf = ways[process.env.BENCH_WAY ?? 'bare']();

app.get('/hello', (request, response) => {
  logOf(request).info({ url: request.url }, 'request');
  response.json({ hello: 'world' });
  logOf(request).info({ status: response.statusCode }, 'response');
});
// Sentry's guide has it behind the routes.
globalThis.setupErrorHandler?.(app);
report(http.createServer(app));

'use strict';
/* koa 3. BENCH_WAY says who gives its lines an ID: nobody here, or cls-rtracer. */
const http = require('node:http');
const Koa = require('koa');
const pino = require('pino');
const report = require('../report.cjs');

const app = new Koa();
const ways = {
  bare: () => pino(),
  'cls-rtracer'() {
    const rTracer = require('cls-rtracer');
    app.use(rTracer.koaMiddleware({ useHeader: true, headerName: 'Correlation-Id', echoHeader: true }));
    return pino({ mixin: () => ({ correlation_id: rTracer.id() }) });
  },
};
const log = ways[process.env.BENCH_WAY ?? 'bare']();

app.use(async (context) => {
  log.info({ url: context.url }, 'request');
  context.body = { hello: 'world' };
  log.info({ status: context.status }, 'response');
});
report(http.createServer(app.callback()));

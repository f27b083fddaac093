'use strict';
/* hono 4 on Node. BENCH_WAY says who gives its lines an ID: nobody here, or its own middlewares. */
const { createAdaptorServer } = require('@hono/node-server');
const { Hono } = require('hono');
const pino = require('pino');
const report = require('../report.cjs');

const app = new Hono();
const ways = {
  bare: () => pino(),
  'request-id'() {
    const { contextStorage, getContext } = require('hono/context-storage');
    const { requestId } = require('hono/request-id');
    app.use(contextStorage());
    app.use(requestId({ headerName: 'Correlation-Id' }));
    return pino({ mixin: () => ({ correlation_id: getContext().get('requestId') }) });
  },
};
const log = ways[process.env.BENCH_WAY ?? 'bare']();

app.get('/hello', (context) => {
  log.info({ url: context.req.path }, 'request');
  const response = context.json({ hello: 'world' });
  log.info({ status: response.status }, 'response');
  return response;
});
report(createAdaptorServer({ fetch: app.fetch }));

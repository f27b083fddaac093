'use strict';
/* fastify 5. BENCH_WAY says who gives its lines an ID: nobody here, its own request ID, or its plugin. */
const { randomUUID } = require('node:crypto');
const http = require('node:http');
const { fastify, LogController } = require('fastify');
const pino = require('pino');
const report = require('../report.cjs');

const header = 'correlation-id';
/** The ID is the header's, or a new one. */
const identified = { requestIdHeader: header, genReqId: () => randomUUID() };
const ways = {
  bare: () => make({}, fixed(pino())),
  // Without its own lines of each request: no more than the others write.
  genReqId: () =>
    make({ ...identified, loggerInstance: pino(), logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlation_id' }) }, (request) => request.log, echo),
  'request-context'() {
    const { fastifyRequestContext, requestContext } = require('@fastify/request-context');
    return make(identified, fixed(pino({ mixin: () => ({ correlation_id: requestContext.get('id') }) })), (app) => {
      app.register(fastifyRequestContext, { defaultStoreValues: (request) => ({ id: request.id }) });
      echo(app);
    });
  },
};
const fixed = (log) => () => log;

/** Neither fastify nor the plugin returns the ID. */
function echo(app) {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(header, request.id);
    done();
  });
}

function make(options, logOf, prepare = () => undefined) {
  const app = fastify({ ...options, serverFactory: (handler) => http.createServer(handler) });
  prepare(app);
  app.get('/hello', (request, reply) => {
    logOf(request).info({ url: request.url }, 'request');
    reply.send({ hello: 'world' });
    logOf(request).info({ status: reply.statusCode }, 'response');
  });
  return app;
}

const app = ways[process.env.BENCH_WAY ?? 'bare']();
globalThis.setupErrorHandler?.(app);
app.ready().then(() => report(app.server));

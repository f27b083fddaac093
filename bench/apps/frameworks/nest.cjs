'use strict';
/* NestJS 11 on fastify. BENCH_WAY says who gives its lines an ID: nobody here, or nestjs-cls. */
require('reflect-metadata');
const { randomUUID } = require('node:crypto');
const http = require('node:http');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { FastifyAdapter } = require('@nestjs/platform-fastify');
const pino = require('pino');
const report = require('../report.cjs');

const ways = {
  bare: () => [pino()],
  'nestjs-cls'() {
    const { ClsModule, ClsServiceManager } = require('nestjs-cls');
    const cls = ClsServiceManager.getClsService();
    const middleware = {
      mount: true,
      generateId: true,
      idGenerator: (request) => request.headers['correlation-id'] ?? randomUUID(),
      // It has no option that returns the ID. Under fastify, its middleware gets Node's own response.
      setup: (service, _request, response) => response.setHeader('Correlation-Id', service.getId()),
    };
    return [pino({ mixin: () => ({ correlation_id: cls.getId() }) }), ClsModule.forRoot({ global: true, middleware })];
  },
};
const [log, ...imports] = ways[process.env.BENCH_WAY ?? 'bare']();

class HelloController {
  hello() {
    log.info({ url: '/hello' }, 'request');
    const answer = { hello: 'world' };
    log.info({ status: 200 }, 'response');
    return answer;
  }
}
Get('hello')(HelloController.prototype, 'hello', Object.getOwnPropertyDescriptor(HelloController.prototype, 'hello'));
Controller()(HelloController);
function AppModule() {}
Module({ imports, controllers: [HelloController] })(AppModule);

async function main() {
  const adapter = new FastifyAdapter({ serverFactory: (handler) => http.createServer(handler) });
  const app = await NestFactory.create(AppModule, adapter, { logger: false });
  await app.init();
  await adapter.getInstance().ready();
  report(app.getHttpServer());
}
void main();

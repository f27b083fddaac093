'use strict';
/* Requests wait for one another: each wave is answered when BENCH_IN_FLIGHT of them are under way. */
const http = require('node:http');
const pino = require('pino');
const report = require('./report.cjs');
const setHeaders = require('./set-headers.cjs');

const log = pino();
const wave = Number(process.env.BENCH_IN_FLIGHT);
let held = [];

report(
  http.createServer(async (request, response) => {
    log.info({ url: request.url }, 'request');
    await new Promise((release) => {
      held.push(release);
      if (held.length < wave) return;
      const all = held;
      held = [];
      setImmediate(() => all.forEach((one) => one()));
    });
    setHeaders(response);
    response.end('hello');
    log.info({ status: response.statusCode }, 'response');
  }),
);

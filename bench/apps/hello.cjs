'use strict';
const http = require('node:http');
const pino = require('pino');
const destination = require('./destination.cjs');
const report = require('./report.cjs');
const setHeaders = require('./set-headers.cjs');
const { middleware, logger } = require('./setup.cjs');

const log = pino(logger, destination);

report(
  http.createServer(
    middleware((request, response) => {
      log.info({ url: request.url }, 'request');
      setHeaders(response);
      response.end('hello');
      log.info({ status: response.statusCode }, 'response');
    }),
  ),
);

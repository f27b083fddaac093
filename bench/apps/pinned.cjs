'use strict';
/* Each request leaves something behind: a timer, a connection that idles, a websocket; BENCH_LEAVES says which. */
const http = require('node:http');
const pino = require('pino');
const { WebSocketServer } = require('ws');
const report = require('./report.cjs');
const setHeaders = require('./set-headers.cjs');
const { enter, middleware, logger } = require('./setup.cjs');

const log = pino(logger);
const leave = process.env.BENCH_LEAVES === 'timer' ? () => void setTimeout(() => log.info('late'), 2 ** 30) : () => undefined;

const server = http.createServer(
  middleware((request, response) => {
    log.info({ url: request.url }, 'request');
    leave();
    setHeaders(response);
    response.end('hello');
  }),
);
new WebSocketServer({ server }).on('connection', (socket, request) => enter(request, () => socket.on('message', () => log.info('message'))));
report(server);

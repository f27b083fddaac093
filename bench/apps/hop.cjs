'use strict';
const http = require('node:http');
const pino = require('pino');
const destination = require('./destination.cjs');
const report = require('./report.cjs');
const setHeaders = require('./set-headers.cjs');
const { middleware, logger, headers } = require('./setup.cjs');

const log = pino(logger, destination);
const upstream = `http://127.0.0.1:${process.env.BENCH_UPSTREAM}/hello`;
/** As many lines as there are records with hops. */
const more = process.env.BENCH_MORE_LINES !== undefined;
const agent = new http.Agent({ keepAlive: true });

const call = {
  http: (done) =>
    http.get(upstream, { agent, headers: headers() }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => done(text));
    }),
  fetch: (done) => void fetch(upstream, { headers: headers() }).then((answer) => answer.text()).then(done),
}[process.env.BENCH_CLIENT];

report(
  http.createServer(
    middleware((request, response) => {
      log.info({ url: request.url }, 'request');
      call((text) => {
        if (more) log.info({ status: 200 }, 'called');
        setHeaders(response);
        response.end(text);
        log.info({ status: response.statusCode }, 'response');
        if (more) log.info({ status: response.statusCode }, 'through');
      });
    }),
  ),
);

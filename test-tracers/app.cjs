'use strict';
/* Calls an upstream with http and with fetch inside a request. Argument: the upstream's address. */
const http = require('node:http');
const { once } = require('node:events');
const log = require('pino')({ base: null, timestamp: false }, require('pino').destination({ sync: true }));
const [, , upstream] = process.argv;

async function byHttp() {
  const [response] = await once(http.get(`${upstream}/http`), 'response');
  await once(response.resume(), 'end');
}
const server = http.createServer(async (request, response) => {
  log.info('asked');
  await byHttp();
  await (await fetch(`${upstream}/fetch`)).text();
  log.info('answered');
  response.end();
});
process.on('message', () => server.close(() => process.exit()));
server.listen(0, '127.0.0.1', () => process.send(server.address().port));

'use strict';
/*
 * A server that passes something to a package in each request, and sends itself many requests at once. Arguments: file of cases,
 * package, number of requests, and cases if not all should run. Each line has `t`, the ID that it must have, and the ID that it
 * has.
 */
const { once } = require('node:events');
const http = require('node:http');
const log = require('pino')({ base: null, timestamp: false });

const [, , file, name, count, ...wanted] = process.argv;
const all = require(`./${file}.cjs`)[name];
const cases = wanted.length === 0 ? Object.keys(all) : wanted;
const agent = new http.Agent({ keepAlive: true, maxSockets: 500 });
let use;
let current;

const server = http.createServer(async (request, response) => {
  const t = request.headers['correlation-id'];
  const name = current;
  await use((where) => log.info({ case: name, t, where }, 'noted'), Number(t.split('-')[1]));
  response.end();
});

async function ask(i) {
  const { port } = server.address();
  const [response] = await once(http.get({ port, host: '127.0.0.1', agent, headers: { 'correlation-id': `id-${i}` } }), 'response');
  await once(response.resume(), 'end');
}

server.listen(0, '127.0.0.1', async () => {
  for (const each of cases) {
    current = each;
    use = all[each]((t, where) => log.info({ case: each, t, where }, 'noted'));
    await Promise.all(Array.from({ length: Number(count) }, (_, i) => ask(i)));
    await use.after?.();
  }
  log.info('done');
});

// Takes an order and passes the work on in every supported way. HTTP calls carry the ID automatically; for other transports,
// @corr/propagator provides the headers or the environment.
'use strict';
const { fork } = require('node:child_process');
const http = require('node:http');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { correlationEnv, correlationHeaders } = require('@corr/propagator');
const amqp = require('amqplib');
const { Queue } = require('bullmq');
const log = require('pino')({ base: { part: 'shop' } });

async function main() {
  const connection = await amqp.connect(process.env.AMQP_URL);
  const channel = await connection.createChannel();
  await channel.assertQueue('parcels');
  const mails = new Queue('mails', { connection: { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) } });
  const thread = new Worker(path.join(__dirname, 'thread.cjs')); // shared by all requests, so each message contains the ID

  const server = http.createServer(async (request, response) => {
    const order = Number(request.url.split('/').at(-1));
    if (request.method === 'PUT') log.info({ order }, 'order packed');
    else {
      log.info({ order }, 'order taken');
      channel.sendToQueue('parcels', Buffer.from(JSON.stringify({ order })), { headers: correlationHeaders() });
      await mails.add('thanks', { order, headers: correlationHeaders() }); // BullMQ jobs have no headers, so the data contains them
      thread.postMessage({ order, headers: correlationHeaders() });
      if (order % 5 === 0) fork(path.join(__dirname, 'invoice.cjs'), [String(order)], { env: correlationEnv() });
    }
    response.writeHead(202).end();
  });
  server.listen(0, '127.0.0.1', () => log.info({ port: server.address().port }, 'listening'));
}

void main();

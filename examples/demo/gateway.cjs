// CommonJS, express; calls orders with node:http.
const http = require('node:http');
const express = require('express');
const pino = require('pino');

const log = pino({ base: { service: 'gateway' } });
const app = express();

app.get('/buy/:order', (req, res) => {
  const order = Number(req.params.order);
  log.info({ order }, 'purchase asked for');
  http.get(`${process.env.ORDERS_URL}/orders/${order}`, (answer) => {
    log.info({ order, status: answer.statusCode }, 'purchase answered');
    res.status(answer.statusCode);
    answer.pipe(res);
  });
});

const server = app.listen(0, '127.0.0.1', () => log.info({ port: server.address().port }, 'listening'));
process.once('SIGTERM', () => server.close());

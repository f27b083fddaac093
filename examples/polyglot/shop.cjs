// The first service behind nginx: CommonJS with Express and node:http. Its code does not use @corr.
'use strict';
const http = require('node:http');
const express = require('express');
const log = require('pino')({ base: null });

const app = express();

app.get('/orders/:order', (request, response) => {
  const order = Number(request.params.order);
  log.info({ order }, 'order taken');
  http
    .get(`${process.env.STOCK_URL}/stock/${order}`, (answer) => {
      log.info({ order, status: answer.statusCode }, 'stock answered');
      response.status(answer.statusCode).type('json');
      answer.pipe(response);
    })
    .on('error', (err) => {
      log.error({ order, err }, 'no stock');
      response.sendStatus(502);
    });
});

const server = app.listen(0, '127.0.0.1', () => log.info({ port: server.address().port }, 'listening'));

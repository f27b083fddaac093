// A worker thread that outlives requests: each message has its ID in its headers.
'use strict';
const { parentPort } = require('node:worker_threads');
const { withCarrier } = require('@corr/propagator');
const log = require('pino')({ base: { part: 'thread' } });

parentPort.on('message', ({ headers, order }) => {
  withCarrier(headers, () => log.info({ order }, 'stock reserved'));
});

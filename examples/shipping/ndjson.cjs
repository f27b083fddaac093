// Newline-delimited JSON with a time and a level that all shippers can read.
'use strict';
const pino = require('pino');

module.exports = pino({
  base: { service: 'shop' },
  formatters: { level: (level) => ({ level }) },
  messageKey: 'message',
  timestamp: pino.stdTimeFunctions.isoTime,
});

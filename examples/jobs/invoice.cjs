// A child process for one request. It uses the ID in its environment, without any code for it.
'use strict';
const log = require('pino')({ base: { part: 'invoice' } });

log.info({ order: Number(process.argv[2]) }, 'invoice printed');

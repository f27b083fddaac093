// A child process for one request: it goes on under the ID in its environment, and knows nothing of it.
'use strict';
const log = require('pino')({ base: { part: 'invoice' } });

log.info({ order: Number(process.argv[2]) }, 'invoice printed');

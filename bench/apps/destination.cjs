'use strict';
/**
 * pino's own destination. By default it writes in the thread pool, and the lines that come meanwhile wait in memory. It measures all text
 * that waits with each line, and a saturated server logs faster than it writes. With BENCH_SYNC, each line is written at once.
 */
module.exports = require('pino').destination({ dest: 1, sync: process.env.BENCH_SYNC === 'true' });

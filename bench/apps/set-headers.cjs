'use strict';
/*
 * Two headers, as most applications set: where a process sets one name only, V8 adds it by its slow path, which takes
 * longer than two names do, and a middleware that sets the second would look cheaper than none. BENCH_HEADERS=1 shows it.
 */
module.exports =
  process.env.BENCH_HEADERS === '1'
    ? (response) => response.setHeader('Content-Type', 'text/plain')
    : (response) => response.setHeader('Content-Type', 'text/plain').setHeader('Cache-Control', 'no-store');

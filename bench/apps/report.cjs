'use strict';
/** Lets the bench ask a server for its CPU time, its heap, and its resident size at start. */
module.exports = function report(server) {
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, resident: process.memoryUsage.rss() / 2 ** 20 }));
  process.on('message', (order) => {
    if (order === 'heap') {
      // pino's stream holds lines until the thread pool has written them, and a busy server is faster than that.
      setTimeout(() => {
        for (let i = 0; i < 4; i++) globalThis.gc();
        process.send({ heap: process.memoryUsage().heapUsed });
      }, 1000);
      return;
    }
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system, spans: globalThis.exportedSpans ?? 0 });
  });
  process.on('disconnect', () => process.exit());
};

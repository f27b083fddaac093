'use strict';
const servers = require('../servers.cjs');
const variants = require('../variants/index.cjs');

module.exports = servers({
  title: 'Server: hello and two pino lines',
  rounds: { full: 7, quick: 1 },
  more: { resident: 'MiB resident at start' },
  app: 'hello.cjs',
  load: {
    full: { connections: 50, warmUp: 30_000, requests: 3_000, windows: 20 },
    quick: { connections: 50, warmUp: 6_000, requests: 1_500, windows: 3 },
  },
  variants,
});

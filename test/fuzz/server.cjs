'use strict';
/* A server that reports the requests that it received and, with the preload, their IDs. */
const http = require('node:http');
const { getCorrelationId } = process.env.FUZZ_IDS ? require('@corr/propagator') : { getCorrelationId: () => undefined };

const asked = (request) => {
  const fields = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const [name, value] = request.rawHeaders.slice(i, i + 2);
    if (/^correlation-id$/i.test(name)) continue;
    // The preload makes the baggage member agree with the header.
    fields.push([name, /^baggage$/i.test(name) ? value.replace(/correlation(?:\.|%2e)id\s*=[^,]*/gi, 'ours') : value]);
  }
  return [request.method, request.url, request.httpVersion, fields];
};
const ids = (request) => JSON.stringify([getCorrelationId(), request.headers['correlation-id'] ?? null]);

const server = http.createServer({ requireHostHeader: false }, (request, response) => {
  response.sendDate = false;
  let length = 0;
  request.on('data', (chunk) => (length += chunk.length)).on('error', () => undefined).on('end', () => {
    if (/end=destroy/.test(request.url)) return request.socket.destroy();
    response.setHeader('x-ids', ids(request));
    if (/end=head/.test(request.url)) response.writeHead(200, ['X-Own', '1']);
    response.end(JSON.stringify([...asked(request), length]));
  });
});
server.on('upgrade', (request, socket) => {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\nx-ids: ${ids(request)}\r\n\r\n${JSON.stringify(asked(request))}`);
});
server.on('connect', (request, socket) => {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 200 OK\r\nx-ids: ${ids(request)}\r\n\r\n${JSON.stringify(asked(request))}`);
});
server.keepAliveTimeout = 200;
server.maxRequestsPerSocket = 4;
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send(server.address().port));

'use strict';
/*
 * All that a measured server has around it, in a process of its own: the load, and the second server of a hop.
 * The load is keep-alive connections on raw sockets, with one request at a time on each. An order comes over IPC:
 * `{ port, connections, requests, echo, path, ids, upgrade }`. The answer is sent when all responses are there. The connections stay
 * open for the next order to the same server. Every response is checked: it is a 200, it is whole, and with `echo` it has the ID of
 * its request. `ids` are the IDs to send, in place of `requests` random ones. With `upgrade`, each request is a websocket's handshake, on
 * a connection that stays open. The order 'received' asks how many POSTs the second server got: what a vendor's SDK sent.
 *
 * This process does not sleep while a server is measured. On a virtual machine, a server that writes to a sleeping process pays for
 * waking it, which can cost more than all else. The load process of a slower server sleeps more often.
 */
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { randomUUID } = require('node:crypto');

const IDS = Array.from({ length: 4096 }, () => randomUUID());
const pools = new Map();

process.on('message', (order) => {
  if (order === 'received') return void process.send({ received });
  const { port, requests, upgrade } = order;
  (upgrade ? websockets(port, requests) : drive(order)).then(
    () => process.send({ done: requests }),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
let received = 0;
const upstream = http.createServer((request, response) => {
  if (request.method === 'POST') received++;
  response.end('hello');
});
upstream.keepAliveTimeout = 0;
upstream.listen(0, '127.0.0.1', () => process.send({ upstream: upstream.address().port }));

let awake = false;
function stayAwake() {
  if (awake) setImmediate(stayAwake);
}

async function drive({ port, connections, requests, ids = IDS, echo, path = '/hello' }) {
  const sockets = await connectionsTo(port, connections);
  let left = requests;
  const next = () => (left > 0 ? ids[left-- % ids.length] : undefined);
  awake = true;
  stayAwake();
  try {
    await Promise.all(sockets.map((socket) => converse(socket, { port, path, next, echo })));
  } finally {
    awake = false;
  }
}

async function connectionsTo(port, count) {
  if (!pools.has(port)) pools.set(port, []);
  const sockets = pools.get(port);
  // In portions, so that no queue of connections to be accepted overflows.
  while (sockets.length < count) {
    const portion = Math.min(200, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: portion }, () => connected(port)))));
  }
  return sockets;
}

async function websockets(port, count) {
  for (let left = count; left > 0; left -= 200) await Promise.all(Array.from({ length: Math.min(200, left) }, (_, i) => websocket(port, IDS[(left - i) & 4095])));
}

async function websocket(port, id) {
  const socket = await connected(port);
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\nCorrelation-Id: ${id}\r\n\r\n`,
  );
  const [head] = await once(socket, 'data');
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(`no websocket: ${head}`);
}

function connected(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.setEncoding('latin1').on('error', reject).on('close', () => pools.delete(port));
  });
}

function converse(socket, { port, path, next, echo }) {
  return new Promise((resolve, reject) => {
    let id;
    let received = '';
    const send = () => {
      id = next();
      if (id === undefined) return finish();
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nCorrelation-Id: ${id}\r\n\r\n`,
      );
    };
    const read = (text) => {
      received += text;
      const head = received.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(received);
      const whole = length === null ? endOfChunks(received, head) : head + 4 + Number(length[1]);
      if (received.length < whole) return;
      if (received.length > whole || !received.startsWith('HTTP/1.1 200') || (echo && !received.includes(id))) {
        return finish(new Error(`wrong response to ${id}: ${received}`));
      }
      received = '';
      send();
    };
    const closed = () => finish(new Error('connection closed'));
    const finish = (error) => {
      socket.off('data', read).off('close', closed);
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.on('data', read).on('close', closed);
    send();
  });
}

/** Where a response without a length ends: behind its last chunk. -1 if it has no chunks either. */
function endOfChunks(received, head) {
  if (!/\r\ntransfer-encoding: chunked\r\n/i.test(received.slice(0, head + 2))) return -1;
  return received.endsWith('\r\n0\r\n\r\n') ? received.length : Infinity;
}

'use strict';
/*
 * Compressed websockets: each request opens one to a server in this process, and each side is called back by a queue of
 * compressions.
 */
const { once } = require('node:events');
const TEXT = 'a text that is worth a compression, '.repeat(30);

const over = (ws) => ({
  'a websocket in each request'(noteAs) {
    const Server = ws.WebSocketServer ?? ws.Server;
    const compressed = { perMessageDeflate: { threshold: 0 } };
    const server = new Server({ port: 0, host: '127.0.0.1', ...compressed });
    server.on('connection', (socket, request) => {
      const t = request.headers['correlation-id'];
      const unheard = () => noteAs(t, 'unheard');
      socket.on('message', unheard).off('message', unheard);
      socket.on('message', (data) => {
        noteAs(t, 'server got');
        socket.send(`${data}`, () => noteAs(t, 'server sent'));
      });
      socket.on('close', () => noteAs(t, 'server closed'));
    });
    return async (note) => {
      const client = new ws(`ws://127.0.0.1:${server.address().port}`, compressed);
      client.on('close', () => note('client closed'));
      await once(client, 'open');
      client.on('pong', () => note('ponged'));
      client.addEventListener('message', () => note('client got'));
      for (let i = 0; i < 2; i++) {
        client.send(TEXT + i, () => note('client sent'));
        client.ping('', undefined, () => note('pinged'));
        await once(client, 'message');
      }
      client.close();
      await once(client, 'close');
    };
  },
});

/** One client for all requests, which the first one opens, and a server that asks back. */
const overSocketIo = (transports) => ({
  'a shared client'() {
    const { Server } = require('socket.io');
    const { io } = require('socket.io-client');
    const http = require('node:http').createServer();
    new Server(http).on('connection', (socket) => {
      socket.on('ask', (i, answer) => setTimeout(answer, i % 3, i));
    });
    const listening = new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
    let client;
    return async (note, i) => {
      await listening;
      client ??= io(`http://127.0.0.1:${http.address().port}`, { transports });
      await new Promise((resolve) => client.emit('ask', i, () => { note('acknowledged'); resolve(); }));
    };
  },
});

module.exports = {
  get 'socket.io'() { return overSocketIo(['websocket']); },
  get 'socket.io by polling'() { return overSocketIo(['polling']); },
  get ws() { return over(require('ws')); },
  get 'ws8-floor'() { return over(require('ws8-floor')); },
  get ws7() { return over(require('ws7')); },
};

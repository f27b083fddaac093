// ES module, plain node:http; calls stock with fetch.
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';

const log = pino({ base: { service: 'orders' } });

const server = createServer(async (req, res) => {
  const order = Number(req.url.split('/').at(-1));
  log.info({ order }, 'order opened');
  await delay(Math.random() * 60);
  const answer = await fetch(`${process.env.STOCK_URL}/stock/${order}`);
  const { reserved } = await answer.json();
  log.info({ order, reserved }, 'order closed');
  res.writeHead(reserved ? 200 : 409, { 'Content-Type': 'application/json' }).end(JSON.stringify({ order, reserved }));
});

server.listen(0, '127.0.0.1', () => log.info({ port: server.address().port }, 'listening'));
process.once('SIGTERM', () => server.close());

// ES module, plain node:http; calls stock with fetch.
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';

const log = pino({ base: { service: 'orders' } });

const server = createServer(async (req, res) => {
  const order = Number(req.url.split('/').at(-1));
  log.info({ order }, 'order opened');
  await delay(Math.random() * 60);
  const answer = await askStock(order);
  const { reserved = false } = await answer.json();
  if (answer.ok) log.info({ order, reserved }, 'order closed');
  else log.error({ order, status: answer.status }, 'order given up');
  const status = !answer.ok ? 502 : reserved ? 200 : 409;
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ order, reserved }));
});

async function askStock(order) {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${process.env.STOCK_URL}/stock/${order}`);
    if (answer.ok || attempt === 3) return answer;
    await answer.arrayBuffer();
    log.warn({ order, status: answer.status }, 'asking stock again');
    await delay(50);
  }
}

server.listen(0, '127.0.0.1', () => log.info({ port: server.address().port }, 'listening'));
process.once('SIGTERM', () => server.close());

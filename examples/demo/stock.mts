// TypeScript, fastify with its own logger and its own request lines.
import { setTimeout as delay } from 'node:timers/promises';
import fastify from 'fastify';

const app = fastify({
  logger: { base: { service: 'stock' }, serializers: { req: ({ url }) => ({ url }), res: ({ statusCode }) => ({ statusCode }) } },
});

app.get<{ Params: { order: string } }>('/stock/:order', async (request) => {
  const order = Number(request.params.order);
  await delay(Math.random() * 20);
  if (order === 10) {
    await delay(150);
    request.log.warn({ order }, 'warehouse is slow');
    await delay(100);
    throw Object.assign(new Error('no connection to the warehouse'), { statusCode: 503 });
  }
  const reserved = order % 4 !== 0;
  request.log.info({ order, reserved }, reserved ? 'item reserved' : 'item sold out');
  return { reserved };
});

const address = await app.listen({ host: '127.0.0.1', port: 0 });
app.log.info({ port: Number(new URL(address).port) }, 'listening');
process.once('SIGTERM', () => void app.close());

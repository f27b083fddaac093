// The third service: an ES module with Fastify and fetch. Its code does not use @corr.
import Fastify from 'fastify';
import { pino } from 'pino';

const log = pino({ base: null });
const app = Fastify({ disableRequestLogging: true, loggerInstance: log });

app.get('/price/:order', async (request, reply) => {
  const order = Number(request.params.order);
  log.info({ order }, 'price asked');
  const entry = await fetch(`${process.env.LEDGER_URL}/entries/${order}`);
  log.info({ order, status: entry.status }, 'ledger answered');
  if (!entry.ok) return reply.code(502).send({ order, error: 'no ledger' });
  return { order, price: 10 + order, entry: await entry.json() };
});

await app.listen({ port: 0, host: '127.0.0.1', listenTextResolver: () => 'ready' });
log.info({ port: app.server.address().port }, 'listening');

/*
 * Next.js has no request ID, and a proxy.js runs apart from the handler. So people wrap each handler in an AsyncLocalStorage that
 * pino's mixin reads, and so does this one.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import pino from 'pino';

const store = new AsyncLocalStorage();
const log = pino({ mixin: () => ({ correlation_id: store.getStore()?.id }) });

const withId = (handler) => (request) => {
  const id = request.headers.get('correlation-id') ?? randomUUID();
  return store.run({ id }, async () => {
    const response = await handler(request);
    response.headers.set('correlation-id', id);
    return response;
  });
};

export const GET = withId(async (request) => {
  log.info({ url: request.url }, 'request');
  const response = Response.json({ hello: 'world' });
  log.info({ status: response.status }, 'response');
  return response;
});

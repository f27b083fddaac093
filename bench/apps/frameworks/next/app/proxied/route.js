/* The other way that people use: proxy.js sets the header, and the handler reads it and makes a child logger. */
import { headers } from 'next/headers';
import pino from 'pino';

const log = pino();

export async function GET(request) {
  const child = log.child({ correlation_id: (await headers()).get('correlation-id') });
  child.info({ url: request.url }, 'request');
  const response = Response.json({ hello: 'world' });
  child.info({ status: response.status }, 'response');
  return response;
}

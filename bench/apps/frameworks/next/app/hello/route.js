import pino from 'pino';

const log = pino();

export async function GET(request) {
  log.info({ url: request.url }, 'request');
  const response = Response.json({ hello: 'world' });
  log.info({ status: response.status }, 'response');
  return response;
}

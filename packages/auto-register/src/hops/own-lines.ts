import { isBound } from '@corr/log-bridge/internal';
import type { Hop } from '@corr/propagator/internal';
import { isFirstIn } from './loggers';
import { isLoggerOf } from './pino-http';
import type { Served } from './requests';

/** Notes what a line says about the request during which it is written. */
export function notice(served: Served, hop: Hop, logger: object, root: object | undefined, record: object, text: unknown): void {
  const { message, response } = served;
  if (served.logger === undefined) {
    const own = loggerOfRequest(logger, root);
    // One that another request has left behind, in a client that is shared, has that request's bindings.
    if (own !== undefined && isFirstIn(own, hop)) served.logger = own;
  }
  for (const key in record) {
    // pino-http always passes an object, so a line of text alone is the application's.
    if (served.isLogged && response !== undefined && isLoggerOf(response, logger)) served.own = 'through';
    const value = (record as Record<string, unknown>)[key];
    const about = rawOf(value);
    if ((text === undefined || text === FASTIFY_BEGINS) && about === message && about !== value) {
      // A line of fastify. It writes another line when its hooks have run, but none if the request is aborted.
      served.logger = logger;
      served.own = 'begun';
    }
    if (about === response && isOver(response) && saysEnd(record, text)) served.own = 'through';
  }
}

/** The text of what fastify writes first of a request, unless it was told to write none. A mixin of pino is not told the text. */
const FASTIFY_BEGINS = 'incoming request';

let lastLogger: object | undefined;
let lastOfRequest: object | undefined;

/** The child logger of one request from which this logger comes: fastify and pino-http bind `reqId` to it. */
function loggerOfRequest(logger: object, root: object | undefined): object | undefined {
  if (logger !== lastLogger) {
    lastLogger = logger;
    lastOfRequest = undefined;
    for (let at = logger; at !== root && isBound(at, 'reqId'); at = Object.getPrototypeOf(at) as object) lastOfRequest = at;
  }
  return lastOfRequest;
}

/** False for a line that says something else of the response: that its stream was closed, as fastify writes it, or an error alone. */
function saysEnd(record: object, text: unknown): boolean {
  return text !== 'stream closed prematurely' && (!('err' in record) || 'responseTime' in record);
}

function isOver(response: { writableEnded?: boolean; destroyed?: boolean } | undefined): boolean {
  return response !== undefined && (response.writableEnded === true || response.destroyed === true);
}

/** A message of Node, or the one inside a framework's request or reply. */
function rawOf(value: unknown): unknown {
  return value !== null && typeof value === 'object' ? ((value as { raw?: unknown }).raw ?? value) : undefined;
}

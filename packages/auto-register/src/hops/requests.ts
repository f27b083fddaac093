import { isBound, rootLogger } from '@corr/log-bridge/internal';
import { activeHop, hopOf } from '@corr/propagator/internal';
import type { Hop } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { Elsewhere } from '../node/emitters';
import { epochOf, now, round } from './clock';
import { countLine, writeRecord } from './loggers';

/** A request that is being answered. */
interface Served {
  /** Node's message, or what stands for it; loggers of requests put themselves on it. */
  message: object;
  /** Node's response, http2's stream; `undefined` where there is none. */
  response: object | undefined;
  method: string;
  url: string;
  start: number;
}

/** How it ended. */
export interface Ending {
  /** `undefined` where no head was sent. */
  statusCode: number | undefined;
  aborted: boolean;
}

/** What the application says of a request itself: nothing, that it will say when it is answered, or that it is through. */
type Own = 'nothing' | 'begun' | 'through';

class Serving extends Elsewhere {
  #served: Served | undefined;
  #own: Own;
  #logger: object | undefined;

  private constructor(hop: Hop, served: Served) {
    super(hop);
    this.#served = served;
    this.#own = 'nothing';
    this.#logger = undefined;
  }

  static begin(hop: Hop, served: Served): void {
    if (!(#served in hop)) new Serving(hop, served);
    // Of an http2 stream, what Node's compatible interface makes of it.
    else if (hop.#served !== undefined) hop.#served = { ...hop.#served, message: served.message, response: served.response };
  }

  /** What is known of a request that is through; `undefined` the second time. */
  static end(hop: Hop): (Served & { own: Own; logger: object | undefined }) | undefined {
    if (!(#served in hop) || hop.#served === undefined) return undefined;
    const served = { ...hop.#served, own: hop.#own, logger: Serving.loggerOf(hop) };
    hop.#served = undefined;
    return served;
  }

  /** The application's own logger for this request: of pino-http on the message, of fastify by what it writes. */
  static loggerOf(hop: Hop): object | undefined {
    if (!(#served in hop)) return undefined;
    if (hop.#logger === undefined && hop.#served !== undefined) {
      const { log } = hop.#served.message as { log?: object };
      if (rootLogger(log) !== undefined) hop.#logger = log;
    }
    return hop.#logger;
  }

  static notice(hop: Hop, logger: object, record: object): void {
    if (!(#served in hop) || hop.#own === 'through' || hop.#served === undefined) return;
    const { message, response } = hop.#served;
    if (hop.#logger === undefined && isBound(logger, 'reqId')) hop.#logger = logger;
    for (const value of Object.values(record) as unknown[]) {
      const about = rawOf(value);
      if (about === message && about !== value) {
        // Of fastify, which writes once more when its hooks have run, but not of one that is aborted.
        hop.#logger = logger;
        hop.#own = 'begun';
      }
      if (about === response && isOver(response)) hop.#own = 'through';
    }
  }
}

function isOver(response: { writableEnded?: boolean; destroyed?: boolean } | undefined): boolean {
  return response !== undefined && (response.writableEnded === true || response.destroyed === true);
}

/** A message, or that of a framework's request or reply. */
function rawOf(value: unknown): unknown {
  return value !== null && typeof value === 'object' ? ((value as { raw?: unknown }).raw ?? value) : undefined;
}

/** Is told of each line that a pino logger writes: whether it is one that says that a request is through, and by what logger. */
export function noticeLine(logger: object, record: unknown): void {
  if (!countLine(logger) || record === null || typeof record !== 'object') return;
  const hop = activeHop();
  if (hop === undefined) return;
  try {
    Serving.notice(hop, logger, record);
  } catch {
    // A record that does not want to be looked at.
  }
}

/** Notes that a request is being answered in this context. */
export function beginRequest(context: Context, message: object, response: object | undefined, method: unknown, url: unknown): void {
  const hop = hopOf(context);
  if (hop !== undefined) Serving.begin(hop, { message, response, method: String(method), url: pathOf(url), start: now() });
}

/** Writes the record of a request that is through, unless the application wrote one; nothing the second time. */
export function endRequest(context: Context, ending: () => Ending): void {
  const hop = hopOf(context);
  const served = hop === undefined ? undefined : Serving.end(hop);
  if (served === undefined || served.own === 'through') return;
  const { statusCode, aborted } = ending();
  const { method, url, start, own, logger } = served;
  if (own === 'begun' && !aborted) return;
  const record = {
    req: { method, url },
    ...(statusCode !== undefined && { res: { statusCode } }),
    start: epochOf(start),
    responseTime: round(now() - start),
  };
  writeRecord(context, logger, aborted || (statusCode ?? 0) >= 500, record, aborted ? 'request aborted' : 'request completed');
}

/** The application's own logger for the request that a context belongs to; `undefined` where it has none. */
export function requestLogger(context: Context): object | undefined {
  const hop = hopOf(context);
  return hop === undefined ? undefined : Serving.loggerOf(hop);
}

/** The path of a request's target without its query: what stands there is often no one else's business. */
export function pathOf(target: unknown): string {
  const path = String(target ?? '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return path === '' ? '/' : path;
}

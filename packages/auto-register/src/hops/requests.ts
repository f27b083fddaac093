import { countLine, mainLogger, pinoLines, rootLogger } from '@corr/log-bridge/internal';
import { hopOf } from '@corr/propagator/internal';
import type { Hop } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { isFault, told } from './answer';
import type { Answer } from './answer';
import { epochOf, now, round } from './clock';
import { writeRecord } from './loggers';
import { notice } from './own-lines';
import { awaitsEnd } from './pino-http';

/** What the application itself logs about a request: nothing so far, its start, or its end. */
type Own = 'nothing' | 'begun' | 'through';

/** A request that is being served. */
export interface Served {
  /** Node's message, or a substitute for it. A request logger such as pino-http sets its `log`. */
  message: object;
  /** Node's response, or the stream of http2; `undefined` if there is neither. */
  response: object | undefined;
  readonly method: string;
  readonly url: string;
  readonly start: number;
  /** The status of the head that was rendered last. */
  status: number | undefined;
  /** The time at which the application handed over the whole response; `undefined` until then. */
  end: number | undefined;
  own: Own;
  /** True while it ends and pino-http is about to write its line. */
  isLogged: boolean;
  /** The application's own logger for this request. */
  logger: object | undefined;
  /** The first root logger that wrote a line during it. */
  root: object | undefined;
}

/** How a request ended. */
export interface Ending {
  /** `undefined` if no response head was sent. */
  answer: Answer | undefined;
  aborted: boolean;
  /** Why the service itself broke its answer off; `undefined` if the client did. */
  error?: unknown;
}

function servedBy(hop: Hop | undefined): Served | undefined {
  return (hop?.served as Served | null | undefined) ?? undefined;
}

function servedIn(context: Context): Served | undefined {
  return servedBy(hopOf(context));
}

/** Watches each line that a pino logger writes, to learn which logger writes it and whether it reports the end of a request. Returns its undo. */
export function noticeLines(): () => void {
  pinoLines.seen ??= noticeLine;
  return () => {
    if (pinoLines.seen === noticeLine) pinoLines.seen = undefined;
  };
}

function noticeLine(logger: object, record: unknown, hop: Hop | undefined, text?: unknown): void {
  const root = countLine(logger, hop);
  if (hop === undefined || record === null || typeof record !== 'object') return;
  const served = servedBy(hop);
  if (served === undefined || served.own === 'through') return;
  served.root ??= root;
  try {
    notice(served, hop, logger, root, record, text);
  } catch {
    // Reading the record threw.
  }
}

/** Notes that a request is served in this context. */
export function beginRequest(context: Context, message: object, response: object | undefined, method: unknown, url: unknown): void {
  const hop = hopOf(context);
  if (hop === undefined) return;
  const served = servedBy(hop);
  // An http2 stream comes first, then the request and response that Node's compatibility API makes from it.
  if (served !== undefined) Object.assign(served, { message, response });
  else if (hop.served === undefined) hop.served = { message, response, method: String(method), url: String(url), start: now(), status: undefined, end: undefined, own: 'nothing', isLogged: false, logger: undefined, root: undefined } satisfies Served;
}

/** False if the request of a context is answered by a response of Node's, or is through. */
export function isWithoutResponse(context: Context): boolean {
  const hop = hopOf(context);
  const served = servedBy(hop);
  return hop === undefined || (served !== undefined && served.response === undefined);
}

/** Notes the status of a head that is rendered. */
export function headIsRendered(context: Context, response: { statusCode: number }): void {
  const served = servedIn(context);
  if (served?.response === response) served.status = response.statusCode;
}

/** Called before the listeners of an event with which a response ends. */
export function responseEnds(context: Context, response: object, event: string | symbol): void {
  const served = servedIn(context);
  if (served?.response === response) served.isLogged = awaitsEnd(response, event);
}

/** Called behind them: a line that comes later is not pino-http's. */
export function responseEnded(context: Context): void {
  const served = servedIn(context);
  if (served !== undefined) served.isLogged = false;
}

/**
 * Notes the time at which the whole response was handed over. The record is written later, after the application's own line, and
 * the caller may have had the response for a long time by then.
 */
export function answerIsOut(context: Context): void {
  const served = servedIn(context);
  if (served !== undefined) served.end ??= now();
}

/** Notes that the client was gone before the last of the response. */
export function answerIsCut(context: Context): void {
  const served = servedIn(context);
  if (served !== undefined) served.end = undefined;
}

/**
 * Writes the record of a request that has ended, unless the application wrote one. A second call writes nothing. `ending` receives
 * whether the whole answer was handed over, and the status of its head if that is known.
 */
export function endRequest(context: Context, ending: (isOut: boolean, status: number | undefined) => Ending): void {
  const hop = hopOf(context);
  const served = servedBy(hop);
  if (hop === undefined || served === undefined) return;
  hop.served = null;
  const { method, url, start, own } = served;
  if (own === 'through') return;
  const { answer, aborted, error } = ending(served.end !== undefined, served.status);
  if (own === 'begun' && !aborted) return;
  const end = served.end ?? now();
  const record = {
    req: { method, url: pathOf(url) },
    res: answer,
    err: error === undefined ? undefined : told(error),
    start: epochOf(start, end),
    responseTime: round(end - start),
  };
  writeRecord(context, loggerOf(served, hop), aborted || isFault(answer), record, aborted ? 'request aborted' : 'request completed');
}

/** The application's own logger for the request of a context; `undefined` if there is none. */
export function requestLogger(context: Context): object | undefined {
  const served = servedIn(context);
  return served === undefined ? undefined : loggerOf(served, hopOf(context) as Hop);
}

/**
 * The logger of a request: pino-http puts it on the message; that of fastify is known from the lines that it writes. Where the
 * application makes a root logger for each request, it is the one that wrote.
 */
function loggerOf(served: Served, hop: Hop): object | undefined {
  const { log } = served.message as { log?: object };
  if (log !== undefined && rootLogger(log) !== undefined) return log;
  return served.logger ?? mainLogger(hop) ?? served.root;
}

/** The path of a request's target without its query, which often has private data. */
export function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const end = path.search(/[?#]/);
  return (end === -1 ? path : path.slice(0, end)) || '/';
}

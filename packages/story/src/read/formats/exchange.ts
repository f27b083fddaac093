import type { Exchange } from '../../model';
import { field, isObject, numberOf, textOf } from './fields';
import type { Json } from './fields';
import type { Time } from './time';

/** Fields that hold a duration, and milliseconds per unit. */
const DURATIONS: readonly (readonly [path: string, unit: number])[] = [
  ['responseTime', 1], ['response_time', 1], ['duration_ms', 1], ['durationMs', 1], ['elapsed_ms', 1], ['milliseconds', 1],
  ['seconds', 1000], ['request_time', 1000], ['event.duration', 1e-6], ['http.server.request.duration', 1000],
];
const STATUSES = ['res.statusCode', 'res.status', 'response.statusCode', 'response.status', 'http.response.status_code', 'http.status_code', 'statusCode', 'status_code', 'status'];
const GRPC_STATUSES = ['res.grpcStatus', 'rpc.grpc.status_code'];
/** Names that say that a method or a status is of a request; applications log a `method` and a `status` of other things. */
const SURE = { methods: ['req.method', 'request.method', 'http.request.method', 'http.method'], statuses: STATUSES.slice(0, 6) };
const METHODS = [...SURE.methods, 'method'];
const URLS = ['req.url', 'req.path', 'request.url', 'request.uri', 'request.path', 'url.path', 'url.original', 'url.full', 'http.target', 'http.url', 'url', 'path', 'uri'];
const UPSTREAM = ['upstream_status', 'upstreamStatus', 'upstream.status', 'status'];
const BEGUN = /^(?:incoming request|request (?:started|received|incoming))$/i;

/**
 * The request or call that a line describes as completed or begun. A request and a status are not enough: pino-http puts `req` on
 * every line of a request, and applications log their own `status`. They also log calls that they make, with the whole URL, and other
 * work with a `method` and a duration.
 */
export function exchangeOf(record: Json, msg: string, time: Time | undefined, isCall: boolean): Exchange | undefined {
  const method = textOf(record, ...METHODS);
  const target = textOf(record, ...URLS);
  const ms = durationOf(record);
  const statuses = statusesOf(record);
  const status = statuses.at(-1) ?? numberOf(record, ...STATUSES);
  const grpcStatus = numberOf(record, ...GRPC_STATUSES);
  const begun = ms === undefined && status === undefined && method !== undefined && BEGUN.test(msg);
  const isSure = textOf(record, ...SURE.methods) !== undefined || numberOf(record, ...SURE.statuses) !== undefined;
  const through = ms === undefined ? status !== undefined && method !== undefined && target !== undefined && !isObject(field(record, 'req')) : status !== undefined || (method !== undefined && isSure);
  const { host, url } = splitUrl(target);
  if ((!begun && !through) || (!isSure && host !== undefined)) return undefined;

  const calledHost = isCall ? (textOf(record, 'req.host', 'req.hostname') ?? host) : undefined;
  const start = startOf(record, time, begun ? 0 : ms);
  const firstByteMs = numberOf(record, 'firstByte');
  const aborted = status === 499 || msg.trim() === 'request aborted' || field(record, 'aborted') === true;
  return {
    ...(method === undefined ? {} : { method }),
    ...(calledHost === undefined ? {} : { host: calledHost }),
    ...(url === undefined ? {} : { url }),
    ...(status === undefined ? {} : { status }),
    ...(grpcStatus === undefined ? {} : { grpcStatus }),
    ...(statuses.length > 1 ? { statuses } : {}),
    ...(start === undefined ? {} : { start }),
    ...(ms === undefined ? {} : { ms }),
    ...(firstByteMs === undefined ? {} : { firstByteMs }),
    ...(aborted ? { aborted } : {}),
    ...(begun ? { begun } : {}),
  };
}

/** Splits a URL into its path without the query, and its host if it has one. */
export function splitUrl(target: string | undefined): { host?: string; url?: string } {
  if (target === undefined) return {};
  const [, host, rest = ''] = /^(?:[a-z][\w+.-]*:)?\/\/(?:[^/?#@]*@)?([^/?#]*)(.*)$/is.exec(target) ?? [undefined, undefined, target];
  const path = rest.replace(/[?#].*$/s, '');
  return { ...(host === undefined || host === '' ? {} : { host }), url: path === '' ? '/' : path };
}

/** Parses nginx's list of tried upstreams: `503, 503, 200`, with ` : ` between groups after an internal redirect. */
export function statusesIn(text: string): number[] {
  return /^\d{3}(?:\s*[,:]\s*(?:\d{3}|-))*$/.test(text) ? text.split(/[,:]/).map(Number).filter((status) => status > 0) : [];
}

function statusesOf(record: Json): number[] {
  for (const name of UPSTREAM) {
    const value = field(record, name);
    const found = typeof value === 'string' ? statusesIn(value) : [];
    if (found.length > 1) {
      // Prefer the field with the status that the client received.
      const answered = name === 'status' ? undefined : numberOf(record, 'status');
      return answered === undefined || answered === found.at(-1) ? found : [...found, answered];
    }
  }
  return [];
}

function durationOf(record: Json): number | undefined {
  for (const [path, unit] of DURATIONS) {
    const value = numberOf(record, path);
    if (value !== undefined && value >= 0) return value * unit;
  }
  const value = field(record, 'duration') ?? field(record, 'latency');
  if (typeof value === 'number' && value >= 0) return isObject(field(record, 'request')) ? value * 1000 : value; // Caddy logs seconds
  const [, digits, unit] = (typeof value === 'string' && /^(\d+(?:\.\d+)?)\s?(ns|[uµ]s|ms|s)$/.exec(value)) || [];
  if (digits === undefined) return undefined;
  return Number(digits) * (unit === 's' ? 1000 : unit === 'ms' ? 1 : unit === 'ns' ? 1e-6 : 1e-3);
}

function startOf(record: Json, time: Time | undefined, ms: number | undefined): number | undefined {
  const start = numberOf(record, 'start');
  if (start !== undefined && start > 1e11 && start < 1e14) return start;
  if (time === undefined || ms === undefined) return undefined;
  // haproxy and uWSGI, as configured in the examples, log the time when the request arrived.
  return field(record, 'milliseconds') === undefined ? time.ms - ms : time.ms;
}

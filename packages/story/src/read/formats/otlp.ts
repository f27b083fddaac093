import type { Entry } from '../../model';
import type { ParseOptions } from '../options';
import { field, isObject, jsonOf, numberOf, textOf } from './fields';
import type { Json } from './fields';
import { severityLevel } from './level';
import { entryOf } from './record';

const DEEPEST = 20;

/** Whether a line is a batch from the Collector's file exporter: log records, spans or metrics. */
export function isOtlp(record: Json): boolean {
  return Array.isArray(record['resourceLogs']) || Array.isArray(record['resourceSpans']) || Array.isArray(record['resourceMetrics']);
}

/** An entry for each log record and each span of a batch; metrics are skipped. */
export function otlpEntries(batch: Json, source: Entry['source'], service: string, options: ParseOptions): Entry[] {
  const entries: Entry[] = [];
  for (const of of listOf(batch['resourceLogs'])) {
    const resource = attributesOf(field(of, 'resource.attributes'));
    for (const record of listOf(of['scopeLogs'] ?? of['instrumentationLibraryLogs']).flatMap((scope) => listOf(scope['logRecords'] ?? scope['logs']))) {
      entries.push(logEntry(record, resource, source, service, options));
    }
  }
  for (const of of listOf(batch['resourceSpans'])) {
    const resource = attributesOf(field(of, 'resource.attributes'));
    for (const span of listOf(of['scopeSpans'] ?? of['instrumentationLibrarySpans']).flatMap((scope) => listOf(scope['spans']))) {
      entries.push(spanEntry(span, resource, source, service, options));
    }
  }
  return entries;
}

function logEntry(log: Json, resource: Json, source: Entry['source'], service: string, options: ParseOptions): Entry {
  const body = valueOf(log['body'], 0);
  const attributes = attributesOf(log['attributes']);
  const record = jsonOf([
    ...Object.entries(resource),
    ...Object.entries(attributes),
    ...(isObject(body) ? Object.entries(body) : [['message', body] as const]),
    ...context(log),
    ['severityText', log['severityText']],
  ]);
  const entry = entryOf(record, JSON.stringify(log), source, service, {}, options);
  stamp(entry, log['timeUnixNano'] ?? log['observedTimeUnixNano']);
  const level = severityLevel(log['severityNumber']);
  if (level !== undefined) entry.level = level;
  return entry;
}

/** A server or consumer span is the record of a request; a client or producer span is the record of a call. */
function spanEntry(span: Json, resource: Json, source: Entry['source'], service: string, options: ParseOptions): Entry {
  const attributes = attributesOf(span['attributes']);
  const events = listOf(span['events']);
  const exception = events.find((event) => event['name'] === 'exception');
  const record = jsonOf([
    ...Object.entries(resource),
    ...Object.entries(attributes),
    ...(exception === undefined ? [] : Object.entries(attributesOf(exception['attributes']))),
    ...context(span),
    ['kind', span['kind']],
    ['message', textOf(span, 'name') ?? ''],
  ]);
  const entry = entryOf(record, JSON.stringify(span), source, service, {}, options);
  stamp(entry, span['startTimeUnixNano']);
  const failed = ['2', 'STATUS_CODE_ERROR'].includes(String(field(span, 'status.code')));
  entry.level = failed ? 'error' : 'info';
  const told = textOf(span, 'status.message');
  if (failed && entry.error === undefined && told !== undefined) entry.error = { message: told };

  const kind = String(span['kind']).replace(/^SPAN_KIND_/, '');
  const client = ['3', '4', 'CLIENT', 'PRODUCER'].includes(kind);
  if (!client && !['2', '5', 'SERVER', 'CONSUMER'].includes(kind)) return entry;
  const start = nanos(span['startTimeUnixNano']);
  const end = nanos(span['endTimeUnixNano']);
  const { aborted, method, url, status } = entry.exchange ?? {};
  const host = textOf(attributes, 'server.address', 'net.peer.name');
  const port = field(attributes, 'server.port') ?? field(attributes, 'net.peer.port');
  const answered = status ?? statusOf(attributes);
  const grpcStatus = numberOf(attributes, 'rpc.grpc.status_code');
  entry.exchange = {
    method: method ?? textOf(attributes, 'http.request.method', 'http.method', 'rpc.method', 'db.operation.name', 'messaging.operation.name') ?? '',
    url: url ?? textOf(attributes, 'url.path', 'http.target', 'http.route', 'rpc.service', 'db.collection.name', 'messaging.destination.name') ?? textOf(span, 'name') ?? '',
    ...(answered === undefined ? {} : { status: answered }),
    ...(grpcStatus === undefined ? {} : { grpcStatus }),
    ...(client && host !== undefined ? { host: port === undefined ? host : `${host}:${String(port)}` } : {}),
    ...(start === undefined ? {} : { start }),
    ...(start === undefined || end === undefined ? {} : { ms: end - start }),
    ...(aborted === undefined ? {} : { aborted }),
  };
  return entry;
}

function statusOf(attributes: Json): number | undefined {
  const status = Number(field(attributes, 'http.response.status_code') ?? field(attributes, 'http.status_code'));
  return Number.isInteger(status) ? status : undefined;
}

function context(of: Json): (readonly [string, unknown])[] {
  return ['traceId', 'spanId', 'parentSpanId'].flatMap((name) => (typeof of[name] === 'string' && of[name] !== '' ? [[name, of[name]] as const] : []));
}

function stamp(entry: Entry, value: unknown): void {
  const time = nanos(value);
  if (time === undefined) return;
  entry.time = time;
  entry.resolution = 1e-6;
}

/** Converts nanoseconds to epoch milliseconds. JSON has them as text, because a double cannot hold them. */
function nanos(value: unknown): number | undefined {
  const digits = String(value);
  if (!/^\d{7,20}$/.test(digits) || /^0+$/.test(digits)) return undefined;
  return Number(digits.slice(0, -6)) + Number(digits.slice(-6)) / 1e6;
}

function attributesOf(list: unknown, depth = 0): Json {
  return jsonOf(listOf(list).flatMap(({ key, value }) => (typeof key === 'string' ? [[key, valueOf(value, depth + 1)] as const] : [])));
}

function valueOf(value: unknown, depth: number): unknown {
  if (!isObject(value) || depth > DEEPEST) return undefined;
  if (typeof value['intValue'] === 'string') return Number(value['intValue']);
  if (isObject(value['arrayValue'])) return listOf(value['arrayValue']['values']).map((each) => valueOf(each, depth + 1));
  if (isObject(value['kvlistValue'])) return attributesOf(value['kvlistValue']['values'], depth + 1);
  return value['stringValue'] ?? value['intValue'] ?? value['doubleValue'] ?? value['boolValue'] ?? value['bytesValue'];
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

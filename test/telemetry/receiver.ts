import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

export type Signal = 'traces' | 'metrics' | 'logs';
type Attributes = Record<string, unknown>;

export interface Span {
  service: unknown;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | undefined;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: Attributes;
}

export interface LogRecord {
  service: unknown;
  body: unknown;
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

/** The fields of OTLP that the tests read. Source: opentelemetry-proto, v1. */
const PROTO = `
  syntax = "proto3";
  message Traces { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6; repeated KeyValue attributes = 9;
  }
  message Logs { repeated ResourceLogs resource_logs = 1; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
  message ScopeLogs { repeated LogRecord log_records = 2; }
  message LogRecord { AnyValue body = 5; repeated KeyValue attributes = 6; bytes trace_id = 9; bytes span_id = 10; }
  message Metrics { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message Metric { string name = 1; }
  message Resource { repeated KeyValue attributes = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`;
const TYPES = protobuf.parse(PROTO).root;
const MESSAGES: Record<Signal, protobuf.Type> = {
  traces: TYPES.lookupType('Traces'),
  metrics: TYPES.lookupType('Metrics'),
  logs: TYPES.lookupType('Logs'),
};
const KINDS = [undefined, 'internal', 'server', 'client', 'producer', 'consumer'] as const;

interface KeyValue { key: string; value?: Record<string, unknown> }
type Id = string | Uint8Array | undefined;
interface Group { resource?: { attributes?: KeyValue[] } }
interface Message {
  resourceSpans?: (Group & { scopeSpans?: { spans?: { name: string; kind?: number; traceId: Id; spanId: Id; parentSpanId?: Id; attributes?: KeyValue[] }[] }[] })[];
  resourceLogs?: (Group & { scopeLogs?: { logRecords?: { body?: Record<string, unknown>; traceId?: Id; spanId?: Id; attributes?: KeyValue[] }[] }[] })[];
  resourceMetrics?: (Group & { scopeMetrics?: { metrics?: { name: string }[] }[] })[];
}

/** An OTLP endpoint on loopback that keeps what it receives as http/protobuf or http/json. A mute one never answers. */
export class Receiver {
  readonly spans: Span[] = [];
  readonly logs: LogRecord[] = [];
  /** Names of metrics. */
  readonly metrics: string[] = [];
  /** Signal and content type of every request. */
  readonly requests: { signal: Signal; type: string | undefined }[] = [];
  url = '';
  private waiting: (() => void)[] = [];
  private readonly server: http.Server;

  private constructor(mute: boolean) {
    this.server = http.createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces);
        this.take(request, request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
        if (!mute) response.writeHead(200, { 'Content-Type': request.headers['content-type'] }).end();
        for (const wake of this.waiting.splice(0)) wake();
      });
    });
  }

  static async start({ mute = false } = {}): Promise<Receiver> {
    const receiver = new Receiver(mute);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    receiver.url = `http://127.0.0.1:${(receiver.server.address() as AddressInfo).port}`;
    return receiver;
  }

  /** Waits until the received data matches. */
  async until(isSo: (receiver: this) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>((wake) => this.waiting.push(wake));
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private take(request: http.IncomingMessage, body: Buffer): void {
    const signal = (request.url as string).split('/').at(-1) as Signal;
    const type = request.headers['content-type'];
    this.requests.push({ signal, type });
    const message = type === 'application/json' ? (JSON.parse(body.toString()) as Message) : (MESSAGES[signal].toObject(MESSAGES[signal].decode(body)) as Message);
    for (const { resource, scopeSpans = [] } of message.resourceSpans ?? []) {
      for (const span of scopeSpans.flatMap(({ spans = [] }) => spans)) {
        const { name, kind = 0 } = span;
        const ids = { traceId: hex(span.traceId), spanId: hex(span.spanId), parentSpanId: hex(span.parentSpanId) };
        this.spans.push({ service: serviceOf(resource), name, kind: KINDS[kind], ...ids, attributes: attributesOf(span.attributes) });
      }
    }
    for (const { resource, scopeLogs = [] } of message.resourceLogs ?? []) {
      for (const record of scopeLogs.flatMap(({ logRecords = [] }) => logRecords)) {
        const ids = { traceId: hex(record.traceId), spanId: hex(record.spanId) };
        this.logs.push({ service: serviceOf(resource), body: valueOf(record.body), ...ids, attributes: attributesOf(record.attributes) });
      }
    }
    for (const { scopeMetrics = [] } of message.resourceMetrics ?? []) {
      this.metrics.push(...scopeMetrics.flatMap(({ metrics = [] }) => metrics).map(({ name }) => name));
    }
  }
}

function serviceOf(resource: Group['resource']): unknown {
  return attributesOf(resource?.attributes)['service.name'];
}

function attributesOf(attributes: KeyValue[] = []): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(value: Record<string, unknown> = {}): unknown {
  return Object.values(value)[0];
}

function hex(id: Id): string {
  return typeof id === 'string' ? id : Buffer.from(id ?? []).toString('hex');
}

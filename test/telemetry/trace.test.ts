import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { App, Line, StartOptions } from '../app';
import { Apps, ask } from './apps';
import { Receiver } from './receiver';
import type { Span } from './receiver';
import { describeInFull, itInFull } from '../breadth';

const hello = (id: string) => (line: Line): boolean => line.msg === 'hello' && line.correlation_id === id;

describe('telemetry', () => {
  const apps = new Apps();
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(() => Promise.all([receiver.stop(), apps.stop()]));

  it('has the hop of each service on its spans and log records, if hops are on', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, CORR_HOPS: 'true' };
    const last = apps.start('fastify.mjs', { ...env, OTEL_SERVICE_NAME: 'fastify' });
    const first = apps.start('plain.cjs', { ...env, OTEL_SERVICE_NAME: 'plain' }, `http://127.0.0.1:${await last.port()}/`);
    await ask(first, 'client-1');
    const [one, two] = await Promise.all([first, last].map((app) => app.line(hello('client-1'))));
    const [root, under] = [String(one?.['hop']), String(two?.['hop'])];
    expect(root).to.match(/^[0-9a-z]{4}$/);
    expect(under).to.match(new RegExp(`^${root}\\.1-[0-9a-z]{3}$`));
    for (const app of [first, last]) await app.stop('SIGTERM');
    const spans = receiver.spans.filter(({ attributes }) => attributes['correlation.id'] === 'client-1');
    expect(spans.map(({ service, kind, attributes }) => `${String(service)} ${String(kind)} ${String(attributes['correlation.hop'])}`)).to.have.members([`plain server ${root}`, `plain client ${root}`, `fastify server ${under}`]);
    const records = receiver.logs.filter(({ attributes }) => attributes['correlation.id'] === 'client-1');
    expect(new Set(records.map(({ attributes }) => attributes['correlation.hop']))).to.deep.equal(new Set([root, under]));
    expect(first.lines.filter((line) => line['call'] === `${root}.1` && line.msg === 'call completed')).to.have.length(1);
  });

  for (const [protocol, type] of [['http/protobuf', 'application/x-protobuf'], ['http/json', 'application/json']] as const) {
    (protocol === 'http/protobuf' ? describe : describeInFull)(`by ${protocol}, of a request through three services`, () => {
      const services = ['plain', 'module', 'fastify'];
      let lines: Line[];
      let exported: Receiver;

      before(async () => {
        exported = await Receiver.start();
        const env = { OTEL_EXPORTER_OTLP_ENDPOINT: exported.url, OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
        try {
          const last = apps.start('fastify.mjs', { ...env, OTEL_SERVICE_NAME: 'fastify' });
          const middle = apps.start('module.mjs', { ...env, OTEL_SERVICE_NAME: 'module' }, `http://127.0.0.1:${await last.port()}/`);
          const first = apps.start('plain.cjs', { ...env, OTEL_SERVICE_NAME: 'plain' }, `http://127.0.0.1:${await middle.port()}/`);
          const all: App[] = [first, middle, last];
          expect((await ask(first, 'client-1')).headers.get('correlation-id')).to.equal('client-1');
          lines = await Promise.all(all.map((app) => app.line(hello('client-1'))));
          // Pending data arrives when they are told to end.
          for (const { code, signal } of await Promise.all(all.map((app) => app.stop('SIGTERM')))) expect({ code, signal }).to.deep.equal({ code: null, signal: 'SIGTERM' });
          expect(all.map(({ stderr }) => stderr)).to.deep.equal(['', '', '']);
        } finally {
          await apps.stop();
          await exported.stop();
        }
      });

      it('is sent in that protocol', () => {
        expect(new Set(exported.requests.map((request) => request.type))).to.deep.equal(new Set([type]));
      });

      it('is one trace: a server and a client span of each service, each the child of the previous one', () => {
        expect(exported.spans).to.have.length(5);
        expect(new Set(exported.spans.map(({ traceId }) => traceId)).size).to.equal(1);
        const road: Span[] = [];
        for (let parent = ''; road.length < 5; parent = (road.at(-1) as Span).spanId) {
          const next = exported.spans.find(({ parentSpanId }) => parentSpanId === parent);
          expect(next, `child of ${parent}`).not.to.equal(undefined);
          road.push(next as Span);
        }
        expect(road.map(({ service, kind }) => `${String(service)} ${String(kind)}`)).to.deep.equal([
          'plain server', 'plain client', 'module server', 'module client', 'fastify server',
        ]);
      });

      it('has the ID on every span', () => {
        for (const span of exported.spans) expect(span.attributes, `${String(span.service)} ${String(span.kind)}`).to.include({ 'correlation.id': 'client-1' });
      });

      it('has the ID, the trace and the span on the line of each service', () => {
        for (const [index, service] of services.entries()) {
          const span = exported.spans.find((one) => one.service === service && one.kind === 'server') as Span;
          expect(lines[index], service).to.include({ correlation_id: 'client-1', trace_id: span.traceId, span_id: span.spanId, trace_flags: '01' });
        }
      });

      it('has the ID and the trace on the log record of each line', () => {
        for (const service of services) {
          const span = exported.spans.find((one) => one.service === service && one.kind === 'server') as Span;
          const records = exported.logs.filter((record) => record.service === service && record.body === 'hello');
          expect(records, service).to.have.length(1);
          expect(records[0], service).to.deep.include({ traceId: span.traceId, spanId: span.spanId });
          expect(records[0]?.attributes, service).to.include({ 'correlation.id': 'client-1' });
        }
        for (const record of exported.logs) {
          if (record.traceId !== '') expect(record.attributes).to.include({ 'correlation.id': 'client-1' });
        }
      });

      it('has its metrics', () => {
        expect(exported.metrics).to.include('http.server.request.duration').and.to.include('http.client.request.duration');
      });
    });
  }

  /** The signals that arrive from a process that answers one request with these variables. */
  const signalsOf = async (env: StartOptions['env']): Promise<{ signals: string[]; line: Line; stderr: string }> => {
    const app = apps.start('plain.cjs', env);
    await ask(app, 'client-1');
    const line = await app.line(hello('client-1'));
    await app.stop('SIGTERM');
    return { signals: [...new Set(receiver.requests.map(({ signal }) => signal))].sort(), line, stderr: app.stderr };
  };

  itInFull('sends only traces if there is only an endpoint for traces', async () => {
    const { signals, line } = await signalsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` });
    expect(signals).to.deep.equal(['traces']);
    expect(line).to.have.property('trace_id');
  });

  itInFull('sends only metrics if the other exporters are none, with an endpoint for all', async () => {
    const { signals } = await signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' });
    expect(signals).to.deep.equal(['metrics']);
  });

  it('sends only metrics if only OTEL_METRICS_EXPORTER is set', async () => {
    const { signals } = await signalsOf({ OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/v1/metrics` });
    expect(signals).to.deep.equal(['metrics']);
  });

  itInFull('sends only logs if only OTEL_LOGS_EXPORTER is set', async () => {
    const { signals } = await signalsOf({ OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${receiver.url}/v1/logs` });
    expect(signals).to.deep.equal(['logs']);
    expect(receiver.logs.find(({ body }) => body === 'hello')?.attributes).to.include({ 'correlation.id': 'client-1' });
  });

  it('sends the records of every logger, however pino was loaded', async () => {
    const app = apps.start('required-then-imported.cjs', { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${receiver.url}/v1/logs` });
    expect(await app.exited).to.deep.equal({ code: 0, signal: null });
    expect(receiver.logs.map(({ body }) => body)).to.have.members(['by the required', 'by the imported', 'by the named']);
  });

  it('sends the signals that a configuration file names', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'corr-'));
    const file = path.join(folder, 'otel.yaml');
    writeFileSync(file, [
      'file_format: "1.0"',
      'resource: { attributes: [{ name: service.name, value: configured }] }',
      'propagator: { composite: [{ tracecontext: }, { baggage: }] }',
      `tracer_provider: { processors: [{ batch: { exporter: { otlp_http: { endpoint: "${receiver.url}/v1/traces" } } } }] }`,
      `logger_provider: { processors: [{ batch: { exporter: { otlp_http: { endpoint: "${receiver.url}/v1/logs" } } } }] }`,
    ].join('\n'));
    try {
      const { signals, line, stderr } = await signalsOf({ OTEL_CONFIG_FILE: file });
      expect(stderr).to.equal('');
      expect(signals).to.deep.equal(['logs', 'traces']);
      const [span] = receiver.spans;
      expect(span).to.deep.include({ service: 'configured', traceId: line['trace_id'] });
      expect(span?.attributes).to.include({ 'correlation.id': 'client-1' });
      expect(receiver.logs.find(({ body }) => body === 'hello')?.attributes).to.include({ 'correlation.id': 'client-1' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is off with CORR_MODE=carry, whatever other variables say', async () => {
    const { signals, line } = await signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, CORR_MODE: 'carry' });
    expect(signals).to.deep.equal([]);
    expect(line).to.include({ correlation_id: 'client-1' }).and.not.to.have.property('trace_id');
  });

  itInFull('is off with OTEL_SDK_DISABLED=true, whatever other variables say', async () => {
    const { signals, line } = await signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, CORR_MODE: 'trace', OTEL_SDK_DISABLED: 'true' });
    expect(signals).to.deep.equal([]);
    expect(line).to.include({ correlation_id: 'client-1' }).and.not.to.have.property('trace_id');
  });

  itInFull('is off if all exporters are none', async () => {
    const { line } = await signalsOf({ OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' });
    expect(line).to.include({ correlation_id: 'client-1' }).and.not.to.have.property('trace_id');
  });

  itInFull('is on with only CORR_MODE=trace, and sends traces to the default endpoint', async () => {
    const { line } = await signalsOf({ CORR_MODE: 'trace', OTEL_EXPORTER_OTLP_TIMEOUT: '100' });
    expect(line).to.include({ correlation_id: 'client-1' }).and.to.have.property('trace_id');
  });
});

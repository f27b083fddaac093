import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { needs } from '../stack/debian';
import { Apps, ask } from './apps';
import { Receiver } from './receiver';
import { describeInFull, itInFull } from '../breadth';

type Brokers = { rabbitmq(options: { home: string }): Promise<{ url: string; stop(): Promise<void> }> };

describe('telemetry with CORR_INSTRUMENTATIONS', () => {
  const apps = new Apps();
  let receiver: Receiver;
  let traced: Record<string, string>;

  beforeEach(async () => {
    receiver = await Receiver.start();
    traced = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` };
  });

  afterEach(() => Promise.all([receiver.stop(), apps.stop()]));

  /** A request that continues over gRPC, in two processes. */
  const overGrpc = async (env: Record<string, string>): Promise<Record<'hello' | 'said' | 'answered', object>> => {
    const server = apps.start('grpc-server.cjs', { ...env, OTEL_SERVICE_NAME: 'server' });
    const client = apps.start('grpc-client.cjs', { ...env, OTEL_SERVICE_NAME: 'client' }, `127.0.0.1:${await server.port()}`);
    await ask(client, 'client-1');
    const lines = {
      hello: await client.line(({ msg }) => msg === 'hello'),
      said: await server.line(({ msg }) => msg === 'said'),
      answered: await server.line(({ msg }) => msg === 'answered'),
    };
    for (const line of Object.values(lines)) expect(line).to.include({ correlation_id: 'client-1' });
    expect(lines.said['ids'], 'on the wire').to.deep.equal(['client-1']);
    await Promise.all([client.stop('SIGTERM'), server.stop('SIGTERM')]);
    expect([client.stderr, server.stderr]).to.deep.equal(['', '']);
    return lines;
  };

  for (const names of ['grpc', '@opentelemetry/instrumentation-grpc', 'auto']) {
    (names === 'grpc' ? it : itInFull)(`carries the ID and the trace over gRPC with ${names}`, async () => {
      const { hello, said, answered } = await overGrpc({ ...traced, CORR_INSTRUMENTATIONS: names });
      const spans = receiver.spans.filter(({ attributes }) => attributes['rpc.system'] === 'grpc' || attributes['rpc.system.name'] === 'grpc');
      expect(spans.map(({ service, kind }) => `${String(service)} ${String(kind)}`)).to.have.members(['client client', 'server server']);
      for (const span of spans) expect(span.attributes).to.include({ 'correlation.id': 'client-1' });
      const { traceId, spanId } = spans.find(({ kind }) => kind === 'server') as (typeof spans)[number];
      expect(hello).to.include({ trace_id: traceId });
      for (const line of [said, answered]) expect(line).to.include({ trace_id: traceId, span_id: spanId });
      for (const span of receiver.spans) if (span.traceId === traceId) expect(span.attributes, span.name).to.include({ 'correlation.id': 'client-1' });
    });
  }

  it('carries the ID over gRPC also in carry mode, through http2', async () => {
    const { said } = await overGrpc({});
    expect(said).not.to.have.property('trace_id');
  });

  it('turns trace mode on, and reports each name that is not installed once', async () => {
    const app = apps.start('plain.cjs', { ...traced, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: undefined, OTEL_TRACES_EXPORTER: 'none', CORR_INSTRUMENTATIONS: 'unheard-of, @nobody/instrumentation-nothing' });
    await ask(app, 'client-1');
    expect(await app.line(({ msg }) => msg === 'hello')).to.include({ correlation_id: 'client-1' });
    await app.stop('SIGTERM');
    const lines = app.stderr.trimEnd().split('\n');
    expect(lines).to.have.length(2);
    expect(lines[0]).to.include('@opentelemetry/instrumentation-unheard-of');
    expect(lines[1]).to.include('@nobody/instrumentation-nothing');
  });

  describeInFull('over RabbitMQ', () => {
    let home: string | undefined;
    let broker: Awaited<ReturnType<Brokers['rabbitmq']>> | undefined;

    before(async function () {
      this.timeout(60_000);
      needs(this, 'rabbitmq-server');
      home = mkdtempSync(path.join(os.tmpdir(), 'corr-amqp-'));
      const { rabbitmq } = (await import(pathToFileURL(path.join(__dirname, '../../examples/jobs/brokers.mjs')).href)) as Brokers;
      broker = await rabbitmq({ home });
    });

    after(async () => {
      await broker?.stop();
      if (home !== undefined) rmSync(home, { recursive: true, force: true });
    });

    it('carries the ID and the trace from publisher to consumer with amqplib and its instrumentation alone', async () => {
      const env = { ...traced, CORR_INSTRUMENTATIONS: 'amqplib' };
      const url = (broker as { url: string }).url;
      const consumer = apps.start('consumer.mjs', { ...env, OTEL_SERVICE_NAME: 'consumer' }, url);
      await consumer.line(({ msg }) => msg === 'consuming');
      const publisher = apps.start('publisher.cjs', { ...env, OTEL_SERVICE_NAME: 'publisher' }, url);
      for (const id of ['client-1', 'client-2']) await ask(publisher, id, `/${id}`);
      for (const id of ['client-1', 'client-2']) {
        const received = await consumer.line(({ msg, url: path }) => msg === 'received' && path === `/${id}`);
        const done = await consumer.line(({ msg, url: path }) => msg === 'done' && path === `/${id}`);
        const hello = await publisher.line(({ msg, correlation_id }) => msg === 'hello' && correlation_id === id);
        expect(received['headers']).to.include({ 'correlation-id': id });
        for (const line of [received, done]) expect(line).to.include({ correlation_id: id, trace_id: hello['trace_id'] });
      }
      await Promise.all([publisher.stop('SIGTERM'), consumer.stop('SIGTERM')]);
      const kinds = receiver.spans.filter(({ attributes }) => attributes['correlation.id'] === 'client-1').map(({ service, kind }) => `${String(service)} ${String(kind)}`);
      expect(kinds).to.have.members(['publisher server', 'publisher producer', 'consumer consumer']);
      expect([publisher.stderr, consumer.stderr]).to.deep.equal(['', '']);
    });
  });
});

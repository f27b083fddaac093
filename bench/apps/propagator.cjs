'use strict';
const { randomUUID } = require('node:crypto');
const otel = require('../variants/otel.cjs');
const ours = require('./ours.cjs');
const { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter, propagation, trace } = otel('api');

const [operation, peer, count] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const IDS = Array.from({ length: 1024 }, () => randomUUID());

const { W3CBaggagePropagator, W3CTraceContextPropagator } = otel('core');
const { CorrelationIdPropagator, setCorrelationId } = ours('propagator');
const propagator = { ours: CorrelationIdPropagator, baggage: W3CBaggagePropagator, traceContext: W3CTraceContextPropagator }[peer];
const subject = new propagator();

const field = {
  ours: (id) => ({ 'correlation-id': id }),
  baggage: (id) => ({ baggage: `correlation.id=${id}` }),
  traceContext: (id) => ({ traceparent: `00-${id.replaceAll('-', '')}-${id.replaceAll('-', '').slice(16)}-01` }),
}[peer];
const headers = (own) => ({ host: '127.0.0.1', 'user-agent': 'bench', accept: '*/*', 'accept-encoding': 'gzip', ...own });

const contexts = IDS.map(
  {
    ours: (id) => setCorrelationId(ROOT_CONTEXT, id),
    baggage: (id) => propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'correlation.id': { value: id } })),
    traceContext: (id) => trace.setSpanContext(ROOT_CONTEXT, { traceId: id.replaceAll('-', ''), spanId: id.replaceAll('-', '').slice(16), traceFlags: 1 }),
  }[peer],
);
const full = IDS.map((id) => headers(field(id)));
const empty = IDS.map(() => headers({}));

let kept;
const run = {
  inject(times) {
    for (let i = 0; i < times; i++) {
      const carrier = { host: '127.0.0.1', accept: '*/*' };
      subject.inject(contexts[i & 1023], carrier, defaultTextMapSetter);
      kept = carrier;
    }
  },
  extract(times) {
    for (let i = 0; i < times; i++) kept = subject.extract(ROOT_CONTEXT, full[i & 1023], defaultTextMapGetter);
  },
  nothing(times) {
    for (let i = 0; i < times; i++) kept = subject.extract(ROOT_CONTEXT, empty[i & 1023], defaultTextMapGetter);
  },
}[operation];

run(count / 4);
run(count / 4);
const before = process.cpuUsage();
run(count);
const { user, system } = process.cpuUsage(before);
if (operation === 'nothing' ? kept !== ROOT_CONTEXT : kept === undefined || kept === ROOT_CONTEXT) throw new Error('did not do what is measured');
process.send({ value: ((user + system) * 1000) / count });
process.disconnect();

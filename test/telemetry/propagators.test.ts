import { expect } from 'chai';
import { Recorder } from '../recorder';
import { Apps, ask } from './apps';
import { itFrom } from '../breadth';

const INBOUND = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  b3: '1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1',
  baggage: 'user=7',
};
const W3C = '0af7651916cd43dd8448eb211c80319c';
const B3 = '1af7651916cd43dd8448eb211c80319c';
const FIELDS = ['traceparent', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'baggage', 'correlation-id'];

describe('telemetry with OTEL_PROPAGATORS', () => {
  const apps = new Apps();
  let recorder: Recorder;

  before(async () => {
    recorder = await Recorder.start();
  });

  afterEach(() => apps.stop());
  after(() => recorder.stop());

  const CASES: [value: string | undefined, fields: string[], trace: string | undefined][] = [
    [undefined, ['traceparent', 'baggage', 'correlation-id'], W3C],
    ['b3', ['b3', 'correlation-id'], B3],
    ['b3multi', ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'correlation-id'], B3],
    ['baggage', ['baggage', 'correlation-id'], undefined],
    ['tracecontext,unheard-of', ['traceparent', 'correlation-id'], W3C],
    ['unheard-of', ['correlation-id'], undefined],
    ['none', ['correlation-id'], undefined],
  ];
  for (const [position, [value, fields, trace]] of CASES.entries()) {
    itFrom(position, 2)(`sends ${fields.join(', ')}, each once, for ${value ?? 'no value'}`, async () => {
      const app = apps.start('both.cjs', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_PROPAGATORS: value }, recorder.addresses.http);
      await ask(app, 'client-1', '/', INBOUND);
      const line = await app.line(({ msg }) => msg === 'hello');
      expect(line['trace_id']).to.match(/^[0-9a-f]{32}$/);
      if (trace === undefined) expect(line['trace_id']).not.to.be.oneOf([W3C, B3]);
      else expect(line['trace_id']).to.equal(trace);

      const requests = recorder.take();
      expect(requests.map(({ call }) => call)).to.deep.equal(['http', 'fetch']);
      for (const request of requests) {
        const sent = FIELDS.flatMap((name) => request.all(name).map(() => name));
        expect(sent, request.call).to.deep.equal(fields);
        expect(request.all('correlation-id'), request.call).to.deep.equal(['client-1']);
        const carried = [...request.all('traceparent'), ...request.all('b3'), ...request.all('x-b3-traceid')].join();
        if (carried !== '') expect(carried, request.call).to.include(line['trace_id']);
        if (fields.includes('baggage')) expect(request.all('baggage')[0]?.split(','), request.call).to.have.members(['user=7', 'correlation.id=client-1']);
      }
    });
  }
});

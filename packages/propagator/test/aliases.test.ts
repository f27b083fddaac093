import { ROOT_CONTEXT, defaultTextMapGetter } from '@opentelemetry/api';
import { expect } from 'chai';
import { aliasId } from '../src/aliases';
import { CorrelationIdPropagator, getCorrelationId, withCarrier } from '../src/index';
import { configureCorrelation } from '../src/shared';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('aliases with their own format', () => {
  for (const [name, value, id] of [
    ['traceparent', `00-${TRACE}-b7ad6b7169203331-01`, TRACE],
    ['traceparent', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined],
    ['traceparent', 'odd', undefined],
    ['x-amzn-trace-id', 'Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1', '1-67891233-abcdef012345678912345678'],
    ['x-amzn-trace-id', 'Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678', '1-67891233-abcdef012345678912345678'],
    ['x-amzn-trace-id', 'Self=1-67891234-12456789abcdef012345678', undefined],
    ['x-cloud-trace-context', `${TRACE}/1;o=1`, TRACE],
    ['b3', `${TRACE}-e457b5a2e4d86bd1-1`, TRACE],
    ['b3', '0', undefined],
    ['x-request-id', 'Root=1', 'Root=1'],
  ] as const) {
    it(`of ${name}: ${value} is read as ${id ?? 'nothing'}`, () => expect(aliasId(name, value)).to.equal(id));
  }

  it('are read by the propagator and by withCarrier', () => {
    const headers = { 'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678;Sampled=1' };
    const extracted = new CorrelationIdPropagator({ aliases: ['X-Amzn-Trace-Id'] }).extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    expect(getCorrelationId(extracted)).to.equal('1-67891233-abcdef012345678912345678');
    const undo = configureCorrelation({ aliases: ['X-Amzn-Trace-Id'] });
    try {
      expect(withCarrier(new Map(Object.entries(headers)), () => getCorrelationId())).to.equal('1-67891233-abcdef012345678912345678');
    } finally {
      undo();
    }
  });
});

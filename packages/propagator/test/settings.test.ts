import { ROOT_CONTEXT, propagation } from '@opentelemetry/api';
import { expect } from 'chai';
import { configureCorrelation, correlationHeaders, getCorrelationId, setCorrelationId, withCorrelationId } from '../src/index';
import { settingsFrom } from '../src/settings';
import { shared } from '../src/shared';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('settings', () => {
  it('have defaults for everything', () => {
    const settings = settingsFrom();
    expect(settings).to.include({ header: 'Correlation-Id', field: 'correlation-id', mayReach: undefined });
    expect(settings.aliases).to.deep.equal([]);
    expect(settings.generate()).to.match(UUID);
  });

  it('keep the spelling of the header and have its name in lower case', () => {
    expect(settingsFrom({ header: 'X-Request-ID', aliases: ['X-A'] })).to.deep.include({ header: 'X-Request-ID', field: 'x-request-id', aliases: ['x-a'] });
  });

  it('create a new UUID each time that the generator fails', () => {
    const failing: unknown[] = [() => { throw new Error('no'); }, () => undefined, () => null, () => '', () => 'a b', () => 'a,b', () => 7, () => ['a'], async () => 'a'];
    for (const generator of failing) {
      const { generate } = settingsFrom({ generator: generator as () => string });
      expect(generate(), String(generator)).to.match(UUID).and.not.equal(generate());
    }
  });

  it('replace a generated ID that their accept rule refuses', () => {
    const generator = (): string => 'NOT-HEX';
    expect(settingsFrom({ generator }).generate()).to.equal('NOT-HEX');
    expect(settingsFrom({ generator, characters: 'a-f0-9-' }).generate()).to.match(UUID);
  });
});

describe('configureCorrelation', () => {
  it('sets header, generator and accept rule everywhere until it is undone', () => {
    const undo = configureCorrelation({ header: 'X-Req', generator: () => 'made', characters: 'a-z0-9-' });
    expect(withCorrelationId(undefined, () => correlationHeaders())).to.deep.equal({ 'x-req': 'made' });
    expect(withCorrelationId('UPPER', () => getCorrelationId())).to.equal('made');
    expect(setCorrelationId(ROOT_CONTEXT, 'UPPER')).to.equal(ROOT_CONTEXT);
    const baggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'correlation.id': { value: 'UPPER' } }));
    expect(getCorrelationId(baggage)).to.equal(undefined);
    undo();
    expect(withCorrelationId('UPPER', () => correlationHeaders())).to.deep.equal({ 'correlation-id': 'UPPER' });
    expect(withCorrelationId(undefined, () => getCorrelationId())).to.match(UUID);
    expect(getCorrelationId(baggage)).to.equal('UPPER');
  });

  it('throws on a bad option, names it, and changes nothing', () => {
    const before = { ...shared };
    expect(() => configureCorrelation({ header: 'X-Req', maxLength: 1 })).to.throw(TypeError, 'maxLength: 1 - expected an integer');
    expect(() => configureCorrelation({ header: '' })).to.throw(TypeError, 'header: "" - expected');
    expect({ ...shared }).to.deep.equal(before);
  });

  describe('with CORRELATION_ID in the environment', () => {
    afterEach(() => void delete process.env['CORRELATION_ID']);

    for (const [value, id] of [
      ['job-1', 'job-1'],
      ['', undefined],
      ['  ', undefined],
      ['a b', undefined],
      [' job-1 ', 'job-1'],
      ['job-1,job-2', undefined],
      ['x'.repeat(129), undefined],
    ] as const) {
      it(`has ${id === undefined ? 'no ID' : 'that ID'} process-wide for ${JSON.stringify(value.slice(0, 10))} until it is undone`, () => {
        process.env['CORRELATION_ID'] = value;
        const undo = configureCorrelation({});
        try {
          expect(getCorrelationId()).to.equal(id);
          expect(withCorrelationId('own', () => getCorrelationId())).to.equal('own');
        } finally {
          undo();
        }
        expect(getCorrelationId()).to.equal(undefined);
      });
    }
  });

  it('is shared with other copies of the package', () => {
    expect((globalThis as Record<symbol, unknown>)[Symbol.for('@corr/propagator.1')]).to.equal(shared);
  });
});

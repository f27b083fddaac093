import { ROOT_CONTEXT, createContextKey, propagation } from '@opentelemetry/api';
import { expect } from 'chai';
import { baggageId, contextWithId, idOf, relayOf, privateId } from '../src/context';
import { deleteCorrelationId, getCorrelationId, setCorrelationId } from '../src/index';

const APP_KEY = createContextKey('app');

function entry(context: Parameters<typeof propagation.getBaggage>[0], name = 'correlation.id'): string | undefined {
  return propagation.getBaggage(context)?.getEntry(name)?.value;
}

describe('context', () => {
  it('has the ID that was set, also in its baggage; the original context has none', () => {
    const context = setCorrelationId(ROOT_CONTEXT, 'a');
    expect(getCorrelationId(context)).to.equal('a');
    expect(entry(context)).to.equal('a');
    expect(getCorrelationId(ROOT_CONTEXT)).to.equal(undefined);
    expect(propagation.getBaggage(ROOT_CONTEXT)).to.equal(undefined);
  });

  it('is the same object if the ID is unacceptable', () => {
    for (const id of ['', 'a b', 'a\n', 'x'.repeat(129), undefined, 7]) {
      expect(setCorrelationId(ROOT_CONTEXT, id as string)).to.equal(ROOT_CONTEXT);
    }
  });

  it('gets another ID in both places', () => {
    const context = setCorrelationId(setCorrelationId(ROOT_CONTEXT, 'a'), 'b');
    expect([getCorrelationId(context), entry(context)]).to.deep.equal(['b', 'b']);
  });

  it('gets another ID any number of times without growing into a chain of contexts', () => {
    let context = contextWithId(ROOT_CONTEXT.setValue(APP_KEY, 1), 'first', { relay: [['a', '1']] });
    for (let i = 0; i < 100_000; i++) context = contextWithId(context, `id-${i}`);
    expect(context.getValue(APP_KEY)).to.equal(1);
    expect(relayOf(context)).to.deep.equal([['a', '1']]);
    expect([getCorrelationId(context), entry(context)]).to.deep.equal(['id-99999', 'id-99999']);
  });

  it('keeps other baggage and other values', () => {
    const baggage = propagation.createBaggage({ tenant: { value: 't' } });
    const context = setCorrelationId(propagation.setBaggage(ROOT_CONTEXT, baggage).setValue(APP_KEY, 1), 'a');
    expect([entry(context, 'tenant'), context.getValue(APP_KEY)]).to.deep.equal(['t', 1]);
    const without = deleteCorrelationId(context);
    expect([entry(without, 'tenant'), without.getValue(APP_KEY)]).to.deep.equal(['t', 1]);
    expect(baggage.getEntry('correlation.id')).to.equal(undefined);
  });

  it('has no ID in either place after it is deleted', () => {
    const context = deleteCorrelationId(setCorrelationId(ROOT_CONTEXT, 'a'));
    expect([getCorrelationId(context), entry(context)]).to.deep.equal([undefined, undefined]);
    expect(getCorrelationId(deleteCorrelationId(ROOT_CONTEXT))).to.equal(undefined);
  });

  it('creates its baggage once for all readers', () => {
    const context = setCorrelationId(ROOT_CONTEXT, 'a');
    expect(propagation.getBaggage(context)).to.equal(propagation.getBaggage(context));
  });

  it('keeps ID and baggage through setValue and deleteValue of another key', () => {
    const context = setCorrelationId(ROOT_CONTEXT, 'a').setValue(APP_KEY, 1);
    expect([getCorrelationId(context), entry(context), context.getValue(APP_KEY)]).to.deep.equal(['a', 'a', 1]);
    const without = context.deleteValue(APP_KEY);
    expect([getCorrelationId(without), entry(without), without.getValue(APP_KEY)]).to.deep.equal(['a', 'a', undefined]);
    const directly = setCorrelationId(ROOT_CONTEXT.setValue(APP_KEY, 1), 'a').deleteValue(APP_KEY);
    expect([getCorrelationId(directly), entry(directly), directly.getValue(APP_KEY)]).to.deep.equal(['a', 'a', undefined]);
  });

  it('keeps the ID if the whole baggage is replaced or deleted', () => {
    const context = setCorrelationId(ROOT_CONTEXT, 'a');
    const replaced = propagation.setBaggage(context, propagation.createBaggage({ x: { value: '1' } }));
    expect([getCorrelationId(replaced), entry(replaced), entry(replaced, 'x')]).to.deep.equal(['a', undefined, '1']);
    const deleted = propagation.deleteBaggage(context);
    expect([getCorrelationId(deleted), propagation.getBaggage(deleted)]).to.deep.equal(['a', undefined]);
  });

  it('has the ID that another service left in the baggage, if it is acceptable', () => {
    const foreign = (value: string) => propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'correlation.id': { value } }));
    expect(getCorrelationId(foreign('from-baggage'))).to.equal('from-baggage');
    expect(getCorrelationId(foreign('not acceptable'))).to.equal(undefined);
    expect([privateId(foreign('b')), baggageId(foreign('b'))]).to.deep.equal([undefined, 'b']);
  });

  it('keeps the headers with which it was entered when values are set', () => {
    const headers = [['traceparent', '00-…']] as const;
    const context = contextWithId(ROOT_CONTEXT, 'a', { relay: headers });
    for (const one of [context, context.setValue(APP_KEY, 1), contextWithId(context, 'b')]) expect(relayOf(one)).to.equal(headers);
    expect(relayOf(ROOT_CONTEXT)).to.equal(undefined);
    expect(idOf(contextWithId(context, 'b'))).to.equal('b');
  });

  it('has the ID under a shared symbol, so that other copies of this package find it', () => {
    expect(setCorrelationId(ROOT_CONTEXT, 'a').getValue(Symbol.for('@corr/correlation-id'))).to.equal('a');
  });
});

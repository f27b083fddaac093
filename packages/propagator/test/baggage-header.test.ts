import { ROOT_CONTEXT, defaultTextMapGetter, propagation } from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { baggageMember, withBaggageMember, withoutBaggageMember } from '../src/baggage-header';

const acceptable = fc.stringMatching(/^[A-Za-z0-9._~:/+=@#-]{1,128}$/);
const token = fc.stringMatching(/^[A-Za-z0-9!#$&'*+.^_`|~-]{1,12}$/).filter((name) => name !== 'correlation.id');
/** Members as other services write them: with properties, empty values and optional white space. */
const member = fc
  .tuple(token, fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', ';ttl=3', ' ; p ; q=1'), fc.constantFrom('', ' ', '\t'))
  .map(([name, value, properties, space]) => `${space}${name}${space}=${encodeURIComponent(value)}${properties}`);
const foreign = fc.array(member, { maxLength: 8 }).map((members) => members.join(','));

/** The entries that OpenTelemetry's own propagator reads from the text. */
function entriesOf(header: string | undefined): Record<string, unknown> {
  const context = new W3CBaggagePropagator().extract(ROOT_CONTEXT, { baggage: header }, defaultTextMapGetter);
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
  return Object.fromEntries(entries.map(([name, { value, metadata }]) => [name, `${value};${metadata?.toString() ?? ''}`]));
}

describe('baggage header', () => {
  it('is searched for our member at any position, and its value is decoded', () => {
    expect(baggageMember('correlation.id=abc')).to.equal('abc');
    expect(baggageMember('a=1, correlation.id = a%2Fb%3D ;ttl=3 , b=2')).to.equal('a/b=');
    expect(baggageMember('correlation.id=a=b')).to.equal('a=b');
  });

  it('has no member of ours if a name or value only resembles one', () => {
    for (const header of ['', 'a=1', 'xcorrelation.id=1', 'correlation.id', 'correlation.idx=1', 'a=correlation.id', 'a=1;correlation.id=2', undefined, 7, ['correlation.id=a']]) {
      expect(baggageMember(header), String(header)).to.equal(undefined);
    }
  });

  it('has no member if its value is wrongly encoded', () => {
    expect(baggageMember('correlation.id=%')).to.equal(undefined);
    expect(baggageMember('correlation.id=%c3%28')).to.equal(undefined);
  });

  it('gets our member at its end, in place of an existing one', () => {
    expect(withBaggageMember(undefined, 'x')).to.equal('correlation.id=x');
    expect(withBaggageMember('  ', 'x')).to.equal('correlation.id=x');
    expect(withBaggageMember('a=1', 'x/y')).to.equal('a=1,correlation.id=x%2Fy');
    expect(withBaggageMember('correlation.id=old,a=1,correlation.id=older', 'x')).to.equal('a=1,correlation.id=x');
  });

  it('loses only our member, and is undefined if nothing else is left', () => {
    expect(withoutBaggageMember('a=1,correlation.id=x,b=2;p')).to.equal('a=1,b=2;p');
    expect(withoutBaggageMember('a=1')).to.equal('a=1');
    expect(withoutBaggageMember('correlation.id=x')).to.equal(undefined);
    expect(withoutBaggageMember('')).to.equal(undefined);
    expect(withoutBaggageMember(undefined)).to.equal(undefined);
  });

  it('stays unchanged if our member would exceed the length that every platform passes on', () => {
    const others = `a=${'x'.repeat(8190 - '=,correlation.id=y'.length)}`;
    expect(withBaggageMember(others, 'y')).to.have.lengthOf(8191).and.match(/,correlation\.id=y$/);
    expect(withBaggageMember(others, 'yy')).to.have.lengthOf(8192);
    expect(withBaggageMember(others, 'yyy')).to.equal(others);
    expect(withBaggageMember(`${others},correlation.id=old`, 'yyy')).to.equal(others);
  });

  it("is read by OpenTelemetry's propagator as the ID and the same other members", () => {
    fc.assert(
      fc.property(foreign, acceptable, (header, id) => {
        const written = withBaggageMember(header, id);
        expect(baggageMember(written)).to.equal(id);
        expect(entriesOf(written)).to.deep.equal({ ...entriesOf(header), 'correlation.id': `${id};` });
        expect(entriesOf(withoutBaggageMember(written))).to.deep.equal(entriesOf(header));
      }),
      { numRuns: 500 },
    );
  });

  it('has the ID that OpenTelemetry’s propagator writes', () => {
    fc.assert(
      fc.property(fc.dictionary(token, fc.string({ unit: 'binary' }).map((value) => ({ value }))), acceptable, (others, id) => {
        const carrier: { baggage?: string } = {};
        const baggage = propagation.createBaggage({ ...others, 'correlation.id': { value: id } });
        new W3CBaggagePropagator().inject(propagation.setBaggage(ROOT_CONTEXT, baggage), carrier, {
          set: (_, __, value) => void (carrier.baggage = value),
        });
        expect(baggageMember(carrier.baggage)).to.equal(id);
      }),
    );
  });

  it('never throws and never holds two members of ours, for any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom('correlation.id', '=', ',', ';', '%', '%2', 'a', ' ', '\t', '"')).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (header) => {
        baggageMember(header);
        expect(baggageMember(withoutBaggageMember(header))).to.equal(undefined);
        const written = withBaggageMember(header, 'the-id') ?? '';
        expect(baggageMember(written)).to.equal('the-id');
        expect(written.split(',').filter((one) => one.split('=')[0]?.trim() === 'correlation.id' && one.includes('='))).to.have.lengthOf(1);
      }),
      { numRuns: 2000 },
    );
  });
});

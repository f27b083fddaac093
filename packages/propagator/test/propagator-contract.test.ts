import { ROOT_CONTEXT, TraceFlags, defaultTextMapGetter, defaultTextMapSetter, propagation, trace } from '@opentelemetry/api';
import type { Context, TextMapGetter, TextMapPropagator } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator, suppressTracing } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { expect } from 'chai';
import { CorrelationIdPropagator, setCorrelationId } from '../src/index';

const SPAN = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: TraceFlags.SAMPLED,
});
const BAGGAGE = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ tenant: { value: 't' } }));
const ID = setCorrelationId(ROOT_CONTEXT, 'client-1');

const arrays: TextMapGetter<Record<string, unknown>> = {
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, key) => (carrier[key] === undefined ? undefined : [carrier[key] as string]),
};

/** The contract of any propagator. It runs on ours and on the common ones, which also tests the suite itself. */
function contract(name: string, make: () => TextMapPropagator, filled: Context): void {
  describe(`propagator contract: ${name}`, () => {
    const propagator = make();
    const inject = (context: Context): Record<string, string> => {
      const carrier: Record<string, string> = {};
      propagator.inject(context, carrier, defaultTextMapSetter);
      return carrier;
    };

    it('injects its fields and no others', () => {
      const keys = Object.keys(inject(filled));
      expect(keys).to.have.length.above(0);
      expect(propagator.fields()).to.include.members(keys);
    });

    it('injects strings, under keys in lower case or as its fields spell them', () => {
      for (const [key, value] of Object.entries(inject(filled))) {
        expect(value).to.be.a('string').and.not.equal('');
        if (key !== key.toLowerCase()) expect(propagator.fields()).to.include(key);
      }
    });

    it('extracts in another process what it injected', () => {
      const carrier = inject(filled);
      expect(inject(make().extract(ROOT_CONTEXT, carrier, defaultTextMapGetter))).to.deep.equal(carrier);
    });

    it('extracts it from a carrier whose values are arrays', () => {
      const carrier = inject(filled);
      expect(inject(propagator.extract(ROOT_CONTEXT, carrier, arrays as TextMapGetter))).to.deep.equal(carrier);
    });

    it('changes the carrier only through the setter', () => {
      const seen = new Map<string, string>();
      const carrier = Object.freeze({});
      propagator.inject(filled, carrier, {
        set(given, key, value) {
          expect(given).to.equal(carrier);
          seen.set(key, value);
        },
      });
      expect(Object.fromEntries(seen)).to.deep.equal(inject(filled));
    });

    it('does not change the carrier that it extracts from', () => {
      const carrier = Object.freeze(inject(filled));
      expect(() => propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)).not.to.throw();
    });

    it('injects nothing for an empty context', () => expect(inject(ROOT_CONTEXT)).to.deep.equal({}));

    it('injects nothing if tracing is suppressed', () => expect(inject(suppressTracing(filled))).to.deep.equal({}));

    it('returns the same context for an empty carrier', () => {
      for (const context of [ROOT_CONTEXT, filled]) expect(propagator.extract(context, {}, defaultTextMapGetter)).to.equal(context);
    });

    for (const bad of ['', ' ', ',', ';;', ',,;;=', '\u0000', '\u{1f600}', '%', 'a b"c']) {
      it(`returns the same context for ${JSON.stringify(bad)} in all of its fields`, () => {
        const carrier = Object.fromEntries(propagator.fields().map((field) => [field, bad]));
        expect(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)).to.equal(ROOT_CONTEXT);
        expect(propagator.extract(ROOT_CONTEXT, carrier, arrays as TextMapGetter)).to.equal(ROOT_CONTEXT);
      });
    }

    it('returns the same context for empty arrays and for no carrier', () => {
      const carrier = Object.fromEntries(propagator.fields().map((field) => [field, []]));
      expect(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)).to.equal(ROOT_CONTEXT);
      for (const none of [undefined, null]) expect(propagator.extract(ROOT_CONTEXT, none, defaultTextMapGetter)).to.equal(ROOT_CONTEXT);
    });
  });
}

contract('CorrelationIdPropagator', () => new CorrelationIdPropagator(), ID);
contract('CorrelationIdPropagator with a header and aliases of its own', () => new CorrelationIdPropagator({ header: 'X-Req', aliases: ['X-Request-Id'] }), ID);
contract('CorrelationIdPropagator in a composite', () => new CompositePropagator({ propagators: [new CorrelationIdPropagator()] }), ID);
contract('W3CTraceContextPropagator', () => new W3CTraceContextPropagator(), SPAN);
contract('W3CBaggagePropagator', () => new W3CBaggagePropagator(), BAGGAGE);
contract('B3Propagator, single header', () => new B3Propagator(), SPAN);
contract('B3Propagator, several headers', () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }), SPAN);

import { ROOT_CONTEXT, TraceFlags, defaultTextMapGetter, defaultTextMapSetter, diag, propagation, trace } from '@opentelemetry/api';
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator, suppressTracing } from '@opentelemetry/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { CorrelationIdPropagator, getCorrelationId, setCorrelationId } from '../src/index';
import type { CorrelationIdPropagatorOptions } from '../src/index';
import { warned } from '../src/warn-once';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function extract(carrier: unknown, options: CorrelationIdPropagatorOptions = {}, context: Context = ROOT_CONTEXT): Context {
  return new CorrelationIdPropagator(options).extract(context, carrier, defaultTextMapGetter);
}

function inject(context: Context, carrier: Record<string, unknown> = {}, propagator: TextMapPropagator = new CorrelationIdPropagator()): Record<string, unknown> {
  propagator.inject(context, carrier, defaultTextMapSetter);
  return carrier;
}

/** Gets and sets names in any case, as HTTP does. */
const caseless: TextMapGetter<Record<string, unknown>> = {
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, key) => carrier[Object.keys(carrier).find((one) => one.toLowerCase() === key) ?? ''] as string,
};

describe('CorrelationIdPropagator', () => {
  describe('extract', () => {
    it('keeps an acceptable ID, in the context and in its baggage', () => {
      const context = extract({ 'correlation-id': 'client-1' });
      expect(getCorrelationId(context)).to.equal('client-1');
      expect(propagation.getBaggage(context)?.getEntry('correlation.id')?.value).to.equal('client-1');
    });

    it('asks the getter for keys in lower case only', () => {
      const asked: string[] = [];
      new CorrelationIdPropagator({ header: 'X-Req', aliases: ['X-Request-Id'] }).extract(ROOT_CONTEXT, {}, {
        keys: () => [],
        get: (_, key) => void asked.push(key),
      });
      expect(asked).to.deep.equal(['x-req', 'x-request-id']);
    });

    it('prefers the header to aliases, those in their order, and all of them to the baggage', () => {
      const options = { aliases: ['X-Request-Id', 'X-Correlation-Id'] };
      const baggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'correlation.id': { value: 'in-baggage' } }));
      const all = { 'x-correlation-id': 'second', 'x-request-id': 'first', 'correlation-id': 'main' };
      expect(getCorrelationId(extract(all, options, baggage))).to.equal('main');
      expect(getCorrelationId(extract({ ...all, 'correlation-id': 'not acceptable' }, options, baggage))).to.equal('first');
      expect(getCorrelationId(extract({ ...all, 'correlation-id': undefined, 'x-request-id': '' }, options, baggage))).to.equal('second');
      expect(getCorrelationId(extract({}, options, baggage))).to.equal('in-baggage');
    });

    it('keeps an ID from the baggage when the baggage is replaced', () => {
      const baggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'correlation.id': { value: 'in-baggage' } }));
      expect(getCorrelationId(propagation.deleteBaggage(extract({}, {}, baggage)))).to.equal('in-baggage');
    });

    it('applies its own accept rule to the ID in the baggage', () => {
      const hex = { maxLength: 36, characters: 'a-f0-9-' };
      const baggage = (value: string) => propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'correlation.id': { value } }));
      const bad = baggage('OTHER');
      expect(extract({}, hex, bad)).to.equal(bad);
      const long = 'x'.repeat(200);
      expect(getCorrelationId(extract({}, { maxLength: 200 }, baggage(long)))).to.equal(long);
    });

    it('takes the first value of a header that was sent twice, in either shape', () => {
      for (const value of ['a, b', ['a', 'b'], ['a, b']]) expect(getCorrelationId(extract({ 'correlation-id': value }))).to.equal('a');
    });

    it('returns the same context if nothing is acceptable', () => {
      for (const value of ['', ' ', 'a b', ' a', 'a\n', 'é', 'x'.repeat(129), ', a', [], [''], ['a b', 'c'], [undefined], 7, null, {}, true]) {
        for (const context of [ROOT_CONTEXT, setCorrelationId(ROOT_CONTEXT, 'before')]) {
          expect(extract({ 'correlation-id': value }, {}, context), JSON.stringify(value)).to.equal(context);
        }
      }
    });

    it('returns the same context for the ID that the context already has', () => {
      const context = setCorrelationId(ROOT_CONTEXT, 'same');
      expect(extract({ 'correlation-id': 'same' }, {}, context)).to.equal(context);
    });

    it('replaces another ID of the context with the ID of the carrier', () => {
      expect(getCorrelationId(extract({ 'correlation-id': 'new' }, {}, setCorrelationId(ROOT_CONTEXT, 'old')))).to.equal('new');
    });
  });

  describe('generate', () => {
    it('is off by default: no ID is created', () => expect(extract({})).to.equal(ROOT_CONTEXT));

    it('creates a UUID if no ID is acceptable', () => {
      for (const carrier of [{}, { 'correlation-id': 'a b' }, undefined]) expect(getCorrelationId(extract(carrier, { generate: true }))).to.match(UUID);
    });

    it('creates none for a context that has an ID, under the key or in the baggage', () => {
      const context = setCorrelationId(ROOT_CONTEXT, 'before');
      for (const one of [context, propagation.deleteBaggage(context)]) expect(extract({}, { generate: true }, one)).to.equal(one);
      const baggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'correlation.id': { value: 'b' } }));
      expect(getCorrelationId(extract({}, { generate: true }, baggage))).to.equal('b');
    });

    it('creates one even if the getter throws', () => {
      const hostile: TextMapGetter = { keys: () => [], get: () => { throw new Error('getter'); } };
      expect(getCorrelationId(new CorrelationIdPropagator({ generate: true }).extract(ROOT_CONTEXT, {}, hostile))).to.match(UUID);
    });

    it('calls the generator, and creates a UUID if the generator fails', () => {
      expect(getCorrelationId(extract({}, { generate: true, generator: () => 'made-1' }))).to.equal('made-1');
      const failing: unknown[] = [() => { throw new Error('no'); }, () => '', () => 'a b', () => 'a,b', () => undefined, () => 7, () => ['a'], async () => 'a', () => 'x'.repeat(129)];
      for (const generator of failing) {
        expect(getCorrelationId(extract({}, { generate: true, generator: generator as () => string })), String(generator)).to.match(UUID);
      }
    });
  });

  describe('inject', () => {
    const context = setCorrelationId(ROOT_CONTEXT, 'a');

    it('writes one header in lower case', () => {
      expect(inject(context)).to.deep.equal({ 'correlation-id': 'a' });
      expect(inject(context, {}, new CorrelationIdPropagator({ header: 'X-Req', aliases: ['X-Other'] }))).to.deep.equal({ 'x-req': 'a' });
    });

    it('writes an ID that only the baggage has', () => {
      const baggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'correlation.id': { value: 'b' } }));
      expect(inject(baggage)).to.deep.equal({ 'correlation-id': 'b' });
    });

    it('writes nothing without an ID or if tracing is suppressed', () => {
      expect(inject(ROOT_CONTEXT)).to.deep.equal({});
      expect(inject(suppressTracing(context))).to.deep.equal({});
    });

    it("keeps the application's own header, in any spelling and in any kind of carrier", () => {
      for (const key of ['correlation-id', 'Correlation-Id', 'CORRELATION-ID']) expect(inject(context, { [key]: 'own' })).to.deep.equal({ [key]: 'own' });
      for (const carrier of [new Headers({ 'Correlation-Id': 'own' }), new Map([['correlation-id', 'own']]), { get: () => ['own'] }]) {
        let written = 0;
        new CorrelationIdPropagator().inject(context, carrier, { set: () => void written++ });
        expect(written).to.equal(0);
      }
    });

    it('writes into a carrier that has the header without a value', () => {
      expect(inject(context, { 'correlation-id': undefined })).to.deep.equal({ 'correlation-id': 'a' });
      expect(inject(context, { 'Correlation-Id': undefined })).to.deep.equal({ 'Correlation-Id': undefined, 'correlation-id': 'a' });
      for (const carrier of [new Headers(), new Map(), { get: () => [] }]) {
        let written = 0;
        new CorrelationIdPropagator().inject(context, carrier, { set: () => void written++ });
        expect(written).to.equal(1);
      }
    });

    it('writes no unacceptable ID, even if the context has one', () => {
      for (const id of ['a\r\nx: y', 'a b', 'a,b', '', 7, {}, 'x'.repeat(129)]) {
        const forged = ROOT_CONTEXT.setValue(Symbol.for('@corr/correlation-id'), id);
        expect(inject(forged), JSON.stringify(id)).to.deep.equal({});
      }
    });

    it('sends no baggage member to a host that may not have the ID, in any order with a baggage propagator', () => {
      const ours = new CorrelationIdPropagator({ propagateTo: ['*.internal'] });
      const baggages = [new W3CBaggagePropagator(), ours];
      for (const propagators of [baggages, [...baggages].reverse()]) {
        const composite = new CompositePropagator({ propagators });
        for (const received of [{ 'correlation-id': 'id-1' }, { 'correlation-id': 'id-1', baggage: 'user=7,correlation.id=id-1' }, { baggage: 'correlation.id=id-1' }]) {
          const context = composite.extract(ROOT_CONTEXT, received, defaultTextMapGetter);
          const [inner, outer] = ['a.internal', 'a.example'].map((host) => {
            const carrier: Record<string, string> = { host };
            composite.inject(context, carrier, defaultTextMapSetter);
            return carrier;
          });
          expect(inner).to.include({ 'correlation-id': 'id-1' });
          const isLast = propagators.at(-1) === ours;
          if (isLast || !('baggage' in received)) expect(JSON.stringify(outer)).to.not.include('id-1');
          if (isLast && received.baggage?.startsWith('user') === true) expect(outer).to.include({ baggage: 'user=7' });
        }
      }
    });

    it('writes only for a host that may receive the ID, if the carrier shows the host', () => {
      const propagator = new CorrelationIdPropagator({ propagateTo: ['*.internal'] });
      for (const key of ['host', 'Host', ':authority']) {
        expect(inject(context, { [key]: 'a.internal:80' }, propagator)).to.include({ 'correlation-id': 'a' });
        expect(inject(context, { [key]: 'a.com' }, propagator)).to.deep.equal({ [key]: 'a.com' });
      }
      expect(inject(context, {}, propagator)).to.deep.equal({});
    });
  });

  it('returns a new list with its one field each time', () => {
    const propagator = new CorrelationIdPropagator({ header: 'X-Req', aliases: ['a', 'b'] });
    propagator.fields().push('mine');
    expect(propagator.fields()).to.deep.equal(['x-req']);
  });

  describe('with hostile carriers, getters and setters', () => {
    const thrower = (): never => {
      throw new Error('hostile');
    };
    const traps = Object.fromEntries(
      ['get', 'set', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'defineProperty', 'deleteProperty', 'apply', 'construct'].map((trap) => [trap, thrower]),
    );
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const carriers: unknown[] = [
      new Proxy({}, traps),
      new Proxy(function () {}, traps),
      new Proxy([], traps),
      revoked.proxy,
      { get 'correlation-id'() { return thrower(); } },
      { get: thrower },
      { 'correlation-id': revoked.proxy },
      { 'correlation-id': new Proxy([], traps) },
      { 'correlation-id': { toString: thrower, valueOf: thrower } },
      Object.freeze({}), Object.create(null), null, undefined, 7, 'text', Symbol('s'), 1n, () => {},
    ];
    const context = setCorrelationId(ROOT_CONTEXT, 'a');

    it('never throws on extract, and returns the same context', () => {
      const getters: TextMapGetter[] = [defaultTextMapGetter, caseless as TextMapGetter, { keys: thrower, get: thrower }, {} as TextMapGetter, null as unknown as TextMapGetter, revoked.proxy as TextMapGetter];
      for (const propagator of [new CorrelationIdPropagator({ aliases: ['x'] }), new CorrelationIdPropagator({ aliases: ['x'], propagateTo: ['a'] })]) {
        for (const carrier of carriers) for (const getter of getters) expect(propagator.extract(context, carrier, getter)).to.equal(context);
      }
    });

    it('never throws on inject', () => {
      const setters: TextMapSetter[] = [defaultTextMapSetter, { set: thrower }, {} as TextMapSetter, null as unknown as TextMapSetter, revoked.proxy as TextMapSetter];
      for (const propagator of [new CorrelationIdPropagator(), new CorrelationIdPropagator({ propagateTo: ['a'] })]) {
        for (const carrier of carriers) for (const setter of setters) expect(propagator.inject(context, carrier, setter)).to.equal(undefined);
      }
    });

    it('never throws on a context that throws or is not a context', () => {
      const contexts = [{ getValue: thrower, setValue: thrower, deleteValue: thrower }, {}, undefined, null] as unknown as Context[];
      const propagator = new CorrelationIdPropagator({ generate: true });
      for (const bad of contexts) {
        propagator.inject(bad, {}, defaultTextMapSetter);
        expect(propagator.extract(bad, {}, defaultTextMapGetter)).to.equal(bad);
      }
    });

    it('reads the aliases even if the getter throws on the header', () => {
      const getter: TextMapGetter<Record<string, string>> = { keys: () => [], get: (carrier, key) => (key === 'correlation-id' ? thrower() : carrier[key]) };
      const found = new CorrelationIdPropagator({ aliases: ['x-request-id'] }).extract(ROOT_CONTEXT, { 'x-request-id': 'a' }, getter);
      expect(getCorrelationId(found)).to.equal('a');
    });

    it('reads the aliases even if a diag logger throws on the warning about the header', () => {
      warned.clear();
      diag.setLogger({ error: thrower, warn: thrower, info: () => {}, debug: () => {}, verbose: () => {} });
      try {
        expect(getCorrelationId(extract({ 'correlation-id': 'a b', x: 'alias' }, { aliases: ['x'] }))).to.equal('alias');
      } finally {
        diag.disable();
      }
    });
  });

  it('warns once that bad IDs arrive, and never shows them', () => {
    warned.clear();
    const said: string[] = [];
    const note = (...words: unknown[]): void => void said.push(words.join(' '));
    diag.setLogger({ error: note, warn: note, info: note, debug: note, verbose: note });
    said.length = 0;
    try {
      for (const value of ['bad one', 'bad\ttwo', ['bad three']]) extract({ 'correlation-id': value });
      extract({}, { generate: true, generator: () => 'bad four' });
      extract({}, { generate: true, generator: () => 'bad five' });
    } finally {
      diag.disable();
    }
    expect(said).to.have.lengthOf(2);
    expect(said.join()).to.match(/unacceptable Correlation-Id.*generator/).and.not.match(/bad/);
  });

  it('delays its warning until a diag logger is set', () => {
    warned.clear();
    extract({ 'correlation-id': 'a b' });
    const said: unknown[] = [];
    diag.setLogger({ error() {}, warn: (message: string) => void said.push(message), info() {}, debug() {}, verbose() {} });
    try {
      extract({ 'correlation-id': 'a b' });
    } finally {
      diag.disable();
    }
    expect(said).to.have.lengthOf(1);
  });

  describe('options', () => {
    for (const [options, said] of [
      [{ header: '' }, 'header: "" - expected an HTTP header name'],
      [{ header: 'a b' }, 'header: "a b" - expected an HTTP header name'],
      [{ header: 'a:\n' }, 'header: "a:\\n" - expected an HTTP header name'],
      [{ header: 7 }, 'header: 7 - expected an HTTP header name'],
      [{ header: null }, 'header: null - expected an HTTP header name'],
      [{ aliases: 'X-Request-Id' }, 'aliases: "X-Request-Id" - expected an array of header names'],
      [{ aliases: ['ok', 'n o'] }, 'aliases: "n o" - expected an HTTP header name'],
      [{ aliases: [undefined] }, 'aliases: undefined - expected an HTTP header name'],
      [{ generate: 'yes' }, 'generate: "yes" - expected true or false'],
      [{ generate: null }, 'generate: null - expected true or false'],
      [{ generate: Object.create(null) }, 'generate: [Object: null prototype] {} - expected true or false'],
      [{ generator: 'guid' }, 'generator: "guid" - expected a function'],
      [{ generator: null }, 'generator: null - expected a function'],
      [{ generator: Symbol('g') }, 'generator: Symbol(g) - expected a function'],
      [{ header: { name: 'x' } }, "header: { name: 'x' } - expected an HTTP header name"],
      [{ maxLength: 0 }, 'maxLength: 0 - expected an integer from 36 to 4096'],
      [{ characters: 'z-a' }, 'characters: "z-a" - expected the inside of a regular expression class'],
      [{ propagateTo: 'a' }, 'propagateTo: "a" - expected an array of hosts'],
      [{ propagateTo: ['http://a'] }, 'propagateTo: "http://a" - expected a host'],
    ] as const) {
      it(`throws: ${said}`, () => {
        expect(() => new CorrelationIdPropagator(options as never)).to.throw(TypeError, said);
      });
    }

    it('have their defaults if they are undefined', () => {
      const undefinedOnes = { header: undefined, aliases: undefined, generate: undefined, generator: undefined, propagateTo: undefined, maxLength: undefined, characters: undefined };
      expect(new CorrelationIdPropagator(undefinedOnes as never).fields()).to.deep.equal(['correlation-id']);
    });

    it('are read once: later changes to the array of aliases have no effect', () => {
      const aliases = ['x-a'];
      const propagator = new CorrelationIdPropagator({ aliases });
      aliases[0] = 'x-b';
      expect(getCorrelationId(propagator.extract(ROOT_CONTEXT, { 'x-a': 'a', 'x-b': 'b' }, defaultTextMapGetter))).to.equal('a');
    });
  });

  describe('in a composite', () => {
    const ours = (): TextMapPropagator => new CorrelationIdPropagator();
    const baggage = (): TextMapPropagator => new W3CBaggagePropagator();
    const span = (): TextMapPropagator => new W3CTraceContextPropagator();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

    for (const [order, propagators] of [
      ['before the baggage', [ours(), baggage(), span()]],
      ['after the baggage', [span(), baggage(), ours()]],
      ['in the middle', [baggage(), ours(), span()]],
      ['in the middle, the other way round', [span(), ours(), baggage()]],
    ] as const) {
      describe(order, () => {
        const composite = new CompositePropagator({ propagators: [...propagators] });

        it('keeps the ID, the other baggage and the span of a request, and sends all of them', () => {
          const context = composite.extract(ROOT_CONTEXT, { 'correlation-id': 'a', baggage: 'tenant=t,user=u;p=1', traceparent }, defaultTextMapGetter);
          expect(getCorrelationId(context)).to.equal('a');
          expect(propagation.getBaggage(context)?.getEntry('tenant')?.value).to.equal('t');
          expect(trace.getSpanContext(context)).to.include({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', traceFlags: TraceFlags.SAMPLED });
          const sent = inject(context, {}, composite);
          expect(sent).to.include({ 'correlation-id': 'a', traceparent });
          expect(sent['baggage']).to.match(/^tenant=t,user=u;p=1/);
        });

        it('keeps the ID of a request without baggage and shows it as baggage', () => {
          const context = composite.extract(ROOT_CONTEXT, { 'correlation-id': 'a' }, defaultTextMapGetter);
          expect(propagation.getBaggage(context)?.getEntry('correlation.id')?.value).to.equal('a');
          expect(inject(context, {}, composite)).to.deep.equal({ 'correlation-id': 'a', baggage: 'correlation.id=a' });
        });

        it('has the ID of a request that has it only in baggage', () => {
          const context = composite.extract(ROOT_CONTEXT, { baggage: 'correlation.id=b%2F1,tenant=t' }, defaultTextMapGetter);
          expect(getCorrelationId(context)).to.equal('b/1');
          expect(inject(context, {}, composite)).to.include({ 'correlation-id': 'b/1' });
        });

        it('prefers the header to the baggage', () => {
          const context = composite.extract(ROOT_CONTEXT, { 'correlation-id': 'a', baggage: 'correlation.id=b' }, defaultTextMapGetter);
          expect(getCorrelationId(context)).to.equal('a');
          expect(inject(context, {}, composite)).to.include({ 'correlation-id': 'a' });
        });

        it('returns the same context for a request with none of these', () => {
          expect(composite.extract(ROOT_CONTEXT, { 'correlation-id': 'a b', baggage: ';', traceparent: '00' }, defaultTextMapGetter)).to.equal(ROOT_CONTEXT);
        });
      });
    }
  });

  describe('properties', () => {
    const acceptable = fc.stringMatching(/^[A-Za-z0-9._~:/+=@#-]{1,128}$/);
    const bytes = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array().map((b) => Buffer.from(b).toString('latin1')), fc.anything());
    const composite = new CompositePropagator({ propagators: [new CorrelationIdPropagator({ aliases: ['x-request-id'] }), new W3CBaggagePropagator()] });

    it('any bytes as input: nothing is thrown and no unacceptable ID is returned', () => {
      const propagator = new CorrelationIdPropagator({ aliases: ['x-request-id'] });
      fc.assert(
        fc.property(bytes, bytes, bytes, (header, alias, baggage) => {
          const carrier = { 'correlation-id': header, 'x-request-id': alias, ...(typeof baggage === 'string' ? { baggage } : {}) };
          for (const one of [propagator, composite]) {
            const context = one.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter as TextMapGetter);
            const id = getCorrelationId(context);
            if (id === undefined && one === propagator) expect(context).to.equal(ROOT_CONTEXT);
            if (id !== undefined) expect(id).to.match(/^[A-Za-z0-9._~:/+=@#-]{1,128}$/);
            const sent = inject(context, {}, one);
            expect(sent['correlation-id']).to.equal(id);
          }
        }),
        { numRuns: 1000 },
      );
    });

    it('an acceptable ID passes any number of services unaltered, by header or by baggage', () => {
      fc.assert(
        fc.property(acceptable, fc.integer({ min: 1, max: 4 }), fc.boolean(), (id, hops, byBaggage) => {
          let carrier: Record<string, unknown> = byBaggage ? { baggage: `correlation.id=${encodeURIComponent(id)}` } : { 'correlation-id': id };
          for (let hop = 0; hop < hops; hop++) {
            const context = composite.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
            expect(getCorrelationId(context)).to.equal(id);
            carrier = inject(context, {}, composite);
          }
          expect(carrier['correlation-id']).to.equal(id);
        }),
        { numRuns: 500 },
      );
    });

    it('any carrier: inject never throws, and writes only acceptable IDs', () => {
      fc.assert(
        fc.property(fc.anything(), bytes, (carrier, id) => {
          const context = ROOT_CONTEXT.setValue(Symbol.for('@corr/correlation-id'), id);
          new CorrelationIdPropagator().inject(context, carrier, {
            set: (_, key, value) => {
              expect(key).to.equal('correlation-id');
              expect(value).to.equal(id).and.match(/^[A-Za-z0-9._~:/+=@#-]{1,128}$/);
            },
          });
        }),
        { numRuns: 1000 },
      );
    });
  });
});

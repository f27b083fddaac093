import { expect } from 'chai';
import fc from 'fast-check';
import { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter, propagation } from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import { CorrelationIdPropagator, configureCorrelation, correlationEnv, correlationHeaders, setCorrelationId, withCarrier, withCorrelationId } from '@corr/propagator';
import { activeHop, baggageMember, hopOf } from '@corr/propagator/internal';
import { Hop, HOP_ENTRY, callIn, hopValue } from '../src/hops';

const NUMBER = /^[0-9a-z]{4}(?:\.(?:\d+-[0-9a-z]{3}|-))*$/;
const id = fc.stringMatching(/^[\w.~:/+=@#-]{1,128}$/);

describe('the number of a hop', () => {
  it('is four random characters where the ID came in, and a number and three characters for each call and its receiver', () => {
    const root = new Hop();
    expect(root.number).to.match(/^[0-9a-z]{4}$/);
    expect([root.nextCall(), root.nextCall()]).to.deep.equal([`${root.number}.1`, `${root.number}.2`]);
    expect(new Hop(root.nextCall()).number).to.match(new RegExp(`^${root.number}\\.3-[0-9a-z]{3}$`));
  });

  it('differs for each receiver of the same call, as behind a proxy that retries', () => {
    const numbers = new Set(Array.from({ length: 3 }, () => new Hop('k3f9.2').number));
    // Of 46,656 numbers, three are equal in one run of 15,552; two equal ones look like one service that was asked twice.
    expect(numbers.size).to.be.at.least(2);
  });

  it('arrives as it was sent with its own ID, and with no other ID', () => {
    fc.assert(
      fc.property(id, id, fc.integer({ min: 1, max: 40 }), (mine, other, depth) => {
        let hop = new Hop();
        for (let i = 0; i < depth; i++) {
          const value = hopValue(hop.nextCall(), mine);
          expect(value.length).to.be.at.most(96);
          expect(value).to.match(/^[0-9a-z.-]+$/);
          const call = callIn(value, mine);
          expect(value.startsWith(`${call}..`)).to.equal(true);
          hop = new Hop(call);
          expect(hop.number).to.match(NUMBER);
          expect(hop.number.length).to.be.at.most(96);
        }
        fc.pre(mine !== other);
        // A hash of four characters: one of 1.7 million others is the same.
        if (hopValue('a.1', mine) !== hopValue('a.1', other)) expect(callIn(hopValue(hop.nextCall(), mine), other)).to.equal(undefined);
      }),
      { numRuns: 300 },
    );
  });

  it('has a mark in place of its middle if it is too long, and keeps its root and its end', () => {
    let hop = new Hop();
    const root = hop.number;
    for (let i = 0; i < 200; i++) {
      const call = hop.nextCall();
      expect(call.startsWith(root) && call.endsWith('.1'), call).to.equal(true);
      expect(call.split('.').filter((part) => part === '-').length).to.be.at.most(1);
      const parent = hop.number;
      hop = new Hop(call);
      expect(hop.number).to.contain(parent.split('.').at(-1)); // the calling hop is still in it
    }
  });

  it('is undefined for a value of any other shape, and nothing throws', () => {
    const bad = ['', '..', 'k3f9', 'k3f9.', '.2', 'k3f9..2', 'K3F9.2', 'k3f9.2-', 'k3f9.2-8ab', 'k3f9.a', 'k3f9.2 ', 'k3f9.2\n', 'k3f9.2,a=b', 'k3f9.2"', `k3f9${'.2'.repeat(60)}`, 'k3f9.99999999999', `${'k'.repeat(17)}.2`];
    for (const call of bad) expect(callIn(hopValue(call, 'a'), 'a'), call).to.equal(undefined);
    expect(callIn('k3f9.2', 'a'), 'not bound to an ID').to.equal(undefined);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), id, (value, mine) => {
        const call = callIn(value, mine);
        if (call !== undefined) expect(value).to.equal(hopValue(call, mine));
        const bound = callIn(hopValue(value, mine), mine);
        if (bound !== undefined) expect(bound).to.match(/^[0-9a-z]+(?:\.(?:\d+(?:-[0-9a-z]+)?|-))*\.\d+$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('is read from the first of two members, and no baggage makes anything throw', () => {
    const value = hopValue('k3f9.2', 'a');
    expect(baggageMember(`x=1, correlation.hop=${value} ;p=1,correlation.hop=other`, HOP_ENTRY)).to.equal(value);
    expect(baggageMember(`correlation%2Ehop=${value}`, HOP_ENTRY)).to.equal(value);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void callIn(baggageMember(text, HOP_ENTRY), 'a')));
    fc.assert(fc.property(fc.string(), (text) => void callIn(baggageMember(`correlation.hop=${text}`, HOP_ENTRY), 'a')));
  });
});

describe('hops of jobs, messages and child processes', () => {
  let undo: () => void;
  beforeEach(() => (undo = configureCorrelation({ hops: true })));
  afterEach(() => undo());

  const number = (): string | undefined => activeHop()?.number;
  const sent = (headers: Record<string, unknown>): string | undefined => baggageMember(headers['baggage'], HOP_ENTRY);

  it('go from a sender to its consumer through a message, and each message has its own number', () => {
    withCorrelationId('a', () => {
      const root = number();
      expect(root).to.match(/^[0-9a-z]{4}$/);
      const [one, two] = [correlationHeaders(), correlationHeaders({ Baggage: 'x=1' })];
      expect(callIn(sent(one), 'a')).to.equal(`${root}.1`);
      expect(two).to.deep.equal({ 'correlation-id': 'a', Baggage: `x=1,correlation.id=a,correlation.hop=${hopValue(`${root}.2`, 'a')}` });
      withCarrier(one, () => expect(number()).to.match(new RegExp(`^${root}\\.1-[0-9a-z]{3}$`)));
      withCarrier({ ...one, 'correlation-id': 'b' }, () => expect(number(), 'came with another ID').to.match(/^[0-9a-z]{4}$/));
      withCarrier({ baggage: Buffer.from(String(one['baggage'])), 'correlation-id': Buffer.from('a') }, () => expect(number()).to.contain(`${root}.1-`));
    });
  });

  it('stay the same if the same ID is entered again, and start again with another ID', () => {
    withCorrelationId('a', () => {
      const root = number();
      withCorrelationId('a', () => expect(number()).to.equal(root));
      withCorrelationId('b', () => expect(number()).to.match(/^[0-9a-z]{4}$/).and.not.equal(root));
    });
    expect(number()).to.equal(undefined);
  });

  it('are not sent under an ID that the caller sets', () => {
    withCorrelationId('a', () => expect(correlationHeaders({ 'Correlation-Id': 'mine' })).to.deep.equal({ 'Correlation-Id': 'mine' }));
    expect(correlationHeaders()).to.deep.equal({});
  });

  it("reach a child process in CORRELATION_HOP, and no child has its grandparent's hop", () => {
    withCorrelationId('a', () => {
      const root = number();
      const { CORRELATION_ID: child, CORRELATION_HOP: hop } = correlationEnv({});
      expect([child, callIn(hop, 'a')]).to.deep.equal(['a', `${root}.1`]);
      process.env['CORRELATION_ID'] = child;
      process.env['CORRELATION_HOP'] = hop;
    });
    const undoOne = configureCorrelation({ hops: true });
    try {
      const own = number();
      expect(own).to.match(/^[0-9a-z]{4}\.1-[0-9a-z]{3}$/);
      expect(callIn(correlationEnv()['CORRELATION_HOP'], 'a')).to.equal(`${own}.1`);
      expect(callIn(correlationEnv()['CORRELATION_HOP'], 'a')).to.equal(`${own}.2`);
    } finally {
      delete process.env['CORRELATION_ID'];
      delete process.env['CORRELATION_HOP'];
      undoOne();
    }
  });

  it('are read and written by the propagator, after a baggage propagator and before one', () => {
    const ours = new CorrelationIdPropagator();
    const theirs = new W3CBaggagePropagator();
    const carrier = { 'correlation-id': 'a', baggage: `x=1,correlation.hop=${hopValue('k3f9.2', 'a')}` };
    for (const order of [[theirs, ours], [ours, theirs]]) {
      const context = order.reduce((before, propagator) => propagator.extract(before, carrier, defaultTextMapGetter), ROOT_CONTEXT);
      expect(hopOf(context)?.number).to.match(/^k3f9\.2-[0-9a-z]{3}$/);
      expect(propagation.getBaggage(context)?.getEntry(HOP_ENTRY), 'it is not sent on as it came').to.equal(undefined);
      const next: Record<string, string> = {};
      for (const propagator of [theirs, ours]) propagator.inject(context, next, defaultTextMapSetter);
      expect(callIn(sent(next), 'a')).to.equal(`${hopOf(context)?.number}.1`);
      expect(next['baggage']).to.match(/^x=1,correlation\.id=a,correlation\.hop=/);
    }
    expect(ours.fields()).to.deep.equal(['correlation-id', 'baggage']);
  });

  it('are off by default: nothing is read and nothing is sent', () => {
    undo();
    withCorrelationId('a', () => expect([number(), correlationHeaders()]).to.deep.equal([undefined, { 'correlation-id': 'a' }]));
    const ours = new CorrelationIdPropagator();
    const carrier: Record<string, string> = {};
    ours.inject(setCorrelationId(ROOT_CONTEXT, 'a'), carrier, defaultTextMapSetter);
    expect([carrier, ours.fields()]).to.deep.equal([{ 'correlation-id': 'a' }, ['correlation-id']]);
    undo = () => undefined;
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import type { CorrelationOptions } from '../src/index';
import { configureCorrelation } from '../src/index';
import { addLayer, shared } from '../src/shared';

const options: fc.Arbitrary<CorrelationOptions> = fc.record(
  {
    header: fc.constantFrom('X-A', 'X-B'),
    aliases: fc.constantFrom([], ['x-c']),
    trustIncoming: fc.boolean(),
    echo: fc.boolean(),
    expose: fc.boolean(),
    propagateTo: fc.subarray(['a', 'b', '*', '!a']),
    relay: fc.subarray(['tracecontext', 'baggage'] as const),
    maxLength: fc.constantFrom(36, 64, 200),
    generator: fc.constantFrom('uuid', 'hex32', 'ulid'),
  },
  { requiredKeys: [] },
);

const TARGETS = ['a', 'b', 'c'].map((host) => ({ connection: { host }, others: [] }));
/** Everything observable about the settings in force. */
function inForce(): unknown {
  const { header, aliases, trustIncoming, echo, expose, relay, mayReach, accept } = shared.settings;
  const lengths = [36, 37, 64, 65, 128, 129, 200, 201].map((length) => accept('x'.repeat(length)) !== undefined);
  return { header, aliases, trustIncoming, echo, expose, relay, lengths, reached: TARGETS.map((route) => mayReach?.(route) ?? true) };
}

describe('layers of options', () => {
  it('have the same result whatever was set and undone in between, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(options, fc.boolean(), fc.nat()), { maxLength: 6 }), (layers) => {
        const none = inForce();
        const undos = layers.map(([one, stays, order]) => ({ undo: configureCorrelation(one), stays, order }));
        for (const { undo } of undos.filter(({ stays }) => !stays).sort((a, b) => a.order - b.order)) undo();
        const left = inForce();
        for (const { undo } of undos) undo();
        expect(inForce()).to.deep.equal(none);
        const again = layers.filter(([, stays]) => stays).map(([one]) => configureCorrelation(one));
        expect(left).to.deep.equal(inForce());
        for (const undo of again) undo();
        expect(inForce()).to.deep.equal(none);
      }),
    );
  });

  it('are together as strict as the strictest of them alone', () => {
    fc.assert(
      fc.property(fc.array(options, { minLength: 1, maxLength: 4 }), (layers) => {
        const alone = layers.map((one) => {
          const undo = configureCorrelation(one);
          const seen = inForce() as { trustIncoming: boolean; relay: string[]; reached: boolean[]; lengths: boolean[] };
          undo();
          return seen;
        });
        const undos = layers.map((one) => configureCorrelation(one));
        const seen = inForce() as (typeof alone)[number];
        for (const undo of undos) undo();
        if (layers.some(({ trustIncoming }) => trustIncoming === false)) expect(seen.trustIncoming).to.equal(false);
        for (const { propagateTo } of layers) if (propagateTo?.length === 0) expect(seen.reached).to.deep.equal([false, false, false]);
        for (const one of alone) {
          if (!one.trustIncoming) expect(seen.trustIncoming).to.equal(false);
          for (const [i, reached] of one.reached.entries()) if (!reached) expect(seen.reached[i]).to.equal(false);
        }
        for (const [i, layer] of layers.entries()) {
          if (layer.relay !== undefined) expect(layer.relay).to.include.members(seen.relay);
          if (layer.maxLength !== undefined) for (const [j, ok] of (alone[i]?.lengths ?? []).entries()) if (!ok) expect(seen.lengths[j]).to.equal(false);
        }
      }),
    );
  });

  it('report which options of a later layer are not in force as given', () => {
    const first = addLayer({ header: 'X-A', trustIncoming: false, propagateTo: ['a'], generator: 'ulid' });
    const second = addLayer({ header: 'X-B', trustIncoming: true, propagateTo: ['b'], generator: 'ulid', echo: false });
    expect([first.ignored, second.ignored]).to.deep.equal([[], ['header', 'trustIncoming']]);
    expect(inForce()).to.deep.include({ header: 'X-A', trustIncoming: false, echo: false, reached: [false, false, false] });
    first.undo();
    expect(inForce()).to.deep.include({ header: 'X-B', trustIncoming: true, reached: [false, true, false] });
    second.undo();
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { aligned } from '../../packages/auto-register/src/hops/clock';

const ms = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });

describe('the start of a request or a call', () => {
  it('is exact to two milliseconds after each look at the clock', () => {
    fc.assert(
      fc.property(ms(1e6), fc.array(fc.tuple(ms(100), ms(1)), { minLength: 1, maxLength: 300 }), (truth, looks) => {
        let [offset, at] = [0, 0];
        for (const [gap, took] of looks) {
          at += gap;
          offset = aligned(offset, at, Math.floor(truth + at + took / 2), at + took);
          at += took;
          expect(Math.abs(offset - truth)).to.be.at.most(2);
        }
      }),
    );
  });

  it('is not changed by a pause of the process between two looks, and follows a clock that is set', () => {
    expect(aligned(1000, 50, 1050, 80), 'stopped for 30 ms').to.equal(1000);
    expect(aligned(1000, 50, 1020, 50), 'set back').to.equal(971);
    expect(aligned(1000, 50, 5050, 50), 'set forward').to.equal(5000);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { round } from '../../packages/auto-register/src/hops/clock';
import { KEYS, membersOf } from '../../packages/auto-register/src/hops/record';
import type { HopRecord } from '../../packages/auto-register/src/hops/record';

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const text = fc.oneof(fc.webPath(), fc.string({ unit: 'binary' }), fc.constantFrom('/a"b', '\u001b[2J', '\n', '\ud800', '__proto__'));
const ms = (max: number): fc.Arbitrary<number> => fc.oneof(fc.double({ min: 0, max, noNaN: true }), fc.integer({ min: 0, max: Math.min(max, 5000) })).map(round);
const record: fc.Arbitrary<HopRecord> = fc.record({
  call: maybe(fc.constantFrom('k3f9.1', 'k3f9.2-8ab.-.7')),
  req: fc.record({ method: text, host: maybe(text), url: text }),
  res: maybe(fc.record({ statusCode: fc.constantFrom(200, 503, NaN, '200,' as never), grpcStatus: maybe(fc.nat(16)) })),
  err: maybe(fc.record({ type: text, message: text })),
  start: fc.oneof(ms(4e12), fc.nat(2e9).map((s) => round(s * 1000 + 999.9996)), fc.constant(-1)),
  firstByte: maybe(ms(1e9)),
  responseTime: fc.oneof(ms(1e9), fc.constantFrom(0, 0.001, 0.0004, 999.9996, -0.001)),
}) as fc.Arbitrary<HopRecord>;

describe('the members of a hop record', () => {
  it('are what JSON.stringify makes of it, for every method, host, path, error and time', () => {
    fc.assert(
      fc.property(record, (one) => {
        const read = JSON.parse(`{${membersOf(one).slice(1)}}`) as HopRecord;
        const expected = JSON.parse(JSON.stringify(one)) as HopRecord;
        for (const key of ['start', 'firstByte', 'responseTime'] as const) if (one[key] !== undefined) expected[key] = round(one[key]);
        expect(read).to.deep.equal(expected);
        expect(Object.keys(read)).to.deep.equal(KEYS.filter((key) => one[key] !== undefined));
      }),
      { numRuns: 5000 },
    );
  });
});

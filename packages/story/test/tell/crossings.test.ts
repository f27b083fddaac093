import { expect } from 'chai';
import { call, lineOf, request, storyOf } from './lines';

const HOUR = 3_600_000;
/** Lines of a service whose clock is ahead, and that writes no records. */
const stock = (ahead: number, ...hops: string[]): Record<string, unknown>[] => hops.map((hop, i) => lineOf('stock', 30 * (i + 1) + 5 + ahead, { hostname: 's', hop, level: 50, msg: 'no warehouse' }));
const gateway = (calls: Record<string, unknown>[]): Record<string, unknown>[] => [...calls, request('gateway', 'aaaa', [0, 100], '/checkout', 502)];

describe('the clock of a service that writes no records', () => {
  for (const ahead of [HOUR, -HOUR]) {
    it(`is put right by its calls if it is an hour ${ahead > 0 ? 'ahead' : 'behind'}`, () => {
      const calls = [1, 2].map((i) => call('gateway', `aaaa.${i}`, [30 * i, 30 * i + 10], 'stock', `/stock/${i}`, 500));
      const { clocks, start, end, verdict, notes } = storyOf(...gateway(calls), ...stock(ahead, 'aaaa.1-8ab', 'aaaa.2-8ab'));
      expect(clocks[0]).to.include({ service: 'stock' });
      expect(Math.abs((clocks[0]?.correctionMs ?? 0) + ahead)).to.be.at.most(10);
      expect([end - start, notes]).to.deep.equal([100, []]);
      expect(verdict[0]).to.match(/^failed first in stock, \+\d+ ms: no warehouse/);
    });
  }
  it('is noted if no call measures it, and a cause seems to be behind its effect', () => {
    const { notes } = storyOf(...gateway([call('gateway', 'aaaa.1', [30, 40], 'stock', '/stock')]), ...stock(HOUR, 'aaaa.1-8ab'));
    expect(notes).to.deep.equal(["What failed first seems to be behind the end of the request: its caller had given up, or stock's clock differs."]);
  });
});

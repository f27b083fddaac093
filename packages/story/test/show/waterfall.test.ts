import { expect } from 'chai';
import { ticksOf } from '../../src/show/axis';
import { placedRowsOf } from '../../src/show/waterfall';
import { CHECKOUT, call, hop, line } from './checkout';
import type { Hop, Story } from '../../src/model';

const told = (story: Story): string[] => placedRowsOf(story).map(({ depth, service, attempt, calls, hop: one }) =>
  `${'  '.repeat(depth)}${service}${attempt === undefined ? '' : ` ${attempt.join('/')}`}${one === undefined ? ` (silent, ${calls.length})` : ''}`);
const of = (...hops: Hop[]): Story => ({ ...CHECKOUT, hops, lines: [] });

describe('rows of a waterfall', () => {
  it('are below their callers, in order of time, with unanswered calls among them', () => {
    expect(told(CHECKOUT)).to.deep.equal([
      'edge',
      '  gateway',
      '    stock',
      '    orders',
      '      stock',
      '      prices.internal (silent, 1)',
      '      payment 1/3',
      '        cardnet.example (silent, 1)',
      '      payment 2/3',
      '        cardnet.example (silent, 1)',
      '      payment 3/3',
      '        cardnet.example (silent, 3)',
    ]);
  });

  it('show several roots of one ID, two deliveries of one call, and an unknown parent', () => {
    const parent = hop({ hop: 'a', service: 'orders', at: [0, 100], calls: [call(10, 90, { call: 'a.1', answers: ['a.1-x', 'a.1-y'] })] });
    expect(told(of(parent, hop({ hop: 'a.1-x', parent: 'a', service: 'mail', at: [11, 40] }), hop({ hop: 'a.1-y', parent: 'a', service: 'mail', at: [50, 80] }), hop({ hop: 'b', parent: 'lost', service: 'jobs', at: [120, 130] })))).to.deep.equal([
      'orders', '  mail', '  mail', 'jobs',
    ]);
  });

  it('take calls of one kind that succeeded or ran side by side for calls, not for attempts', () => {
    const same = { method: 'GET', host: 'stock', url: '/1' };
    const twice = hop({ hop: 'a', service: 'orders', at: [0, 100], calls: [call(0, 10, { ...same, status: 200 }), call(20, 30, { ...same, status: 200 })] });
    const beside = hop({ hop: 'a', service: 'orders', at: [0, 100], calls: [call(0, 30, { ...same, status: 503 }), call(1, 31, { ...same, status: 503 })] });
    for (const each of [twice, beside]) expect(told(of(each))).to.deep.equal(['orders', '  stock (silent, 1)', '  stock (silent, 1)']);
  });

  it('end if hops call in circles, and have no limit of depth', () => {
    const ring = [hop({ hop: 'a', parent: 'b', service: 'a', at: [0, 1] }), hop({ hop: 'b', parent: 'a', service: 'b', at: [0, 1] }), hop({ hop: 'c', parent: 'c', service: 'c', at: [0, 1] })];
    expect(told(of(...ring))).to.deep.equal(['a', '  b', 'c']);
    const chain = Array.from({ length: 20_000 }, (_, i) => hop({ hop: String(i), service: 's', at: [0, 1], ...(i === 0 ? {} : { parent: String(i - 1) }) }));
    expect(placedRowsOf(of(...chain)).at(-1)?.depth).to.equal(19_999);
  });

  it('tell own work from waiting, and keep every place on the axis', () => {
    const rows = placedRowsOf(CHECKOUT);
    const orders = rows[3];
    expect(orders?.own.map((stretch) => stretch.map((at) => Math.round(at * 1804)))).to.deep.equal([[76, 110], [355, 364], [664, 668], [968, 969]]);
    expect(orders?.seen.map((stretch) => stretch.map((at) => Math.round(at * 1804)))).to.deep.equal([[75, 1269]]);
    expect(rows.at(-2)?.gap?.map((at) => Math.round(at * 1804))).to.deep.equal([1515, 1785]);
    const strange: Story = { ...CHECKOUT, end: CHECKOUT.start, lines: [line(Number.NaN, 'a', 'info', 'a', ''), line(-1e15, 'a', 'info', 'a', '')], hops: [hop({ hop: 'a', service: 'a', at: [-5, Number.NaN] })] };
    for (const { bar, dots } of placedRowsOf(strange)) for (const at of [...bar, ...dots.map((dot) => dot.at)]) expect(at).to.be.within(0, 1);
  });
});

describe('axis', () => {
  it('has round times', () => {
    const labels = (ms: number): string => ticksOf(ms).map(({ label }) => label).join(' ');
    expect(labels(0)).to.equal('0');
    expect(labels(0.5)).to.equal('0 0.1 ms 0.2 ms 0.3 ms 0.4 ms 0.5 ms');
    expect(labels(61)).to.equal('0 10 ms 20 ms 30 ms 40 ms 50 ms 60 ms');
    expect(labels(1804)).to.equal('0 500 ms 1,000 ms 1,500 ms');
    expect(labels(9000)).to.equal('0 2 s 4 s 6 s 8 s');
    expect(labels(400_000)).to.equal('0 1 min 2 min 3 min 4 min 5 min 6 min');
  });

  it('has few of them, however long it is', () => {
    for (const ms of [1e-9, 1e-3, 7, 999, 86_400_000, 1e12, 1e300, Infinity, Number.NaN, -1]) expect(ticksOf(ms).length, String(ms)).to.be.within(1, 8);
  });
});

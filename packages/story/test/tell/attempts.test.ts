import { expect } from 'chai';
import { rowsOf } from '../../src/tell/rows';
import { call, lineOf, request, storyOf } from './lines';

describe('attempts of a call', () => {
  const host = 'payment-svc.prod:8080';
  const attempts = (): Record<string, unknown>[] => [[10, 70], [120, 122], [220, 222]].map(([from, to], i) => call('orders', `k3f9.${i + 1}`, [from as number, to as number], host, '/charge'));
  const end = request('orders', 'k3f9', [0, 225], '/checkout', 502);

  it('belong together although only one of them was answered', () => {
    for (const answered of ['k3f9.1-8ab', 'k3f9.2-8ab', 'k3f9.3-8ab']) {
      const story = storyOf(...attempts(), lineOf('payment', 12, { hop: answered, msg: 'charging' }), end);
      expect(story.verdict.slice(0, 2), answered).to.deep.equal(['failed first in orders, +70 ms: POST /charge of payment: socket hang up.', 'orders gave up at +222 ms after 3 attempts of 2 ms to 60 ms.']);
      expect(rowsOf(story).map(({ service, attempts: count }) => [service, count])).to.deep.equal([['orders', 1], ['payment', 3]]);
    }
  });
  it('are named after their host if several services answer from it', () => {
    const others = [call('orders', 'k3f9.4', [1, 2], host, '/a', 200), request('price', 'k3f9.4-8ab', [1, 2], '/a', 200), call('orders', 'k3f9.5', [3, 4], host, '/b', 200), request('mail', 'k3f9.5-8ab', [3, 4], '/b', 200)];
    expect(rowsOf(storyOf(...attempts(), ...others, end)).map(({ service }) => service)).to.deep.equal(['orders', 'price', 'mail', 'payment-svc.prod']);
  });
});

import { expect } from 'chai';
import { call, lineOf, request, storyOf } from './lines';

describe('the verdict', () => {
  const put = (n: number, from: number): Record<string, unknown> => call('gateway', `k3f9.${n}`, [from, from + 10], 'bank', '/pay', 429);

  it('says who told a hop to try again before that gave up', () => {
    const { verdict } = storyOf(put(1, 5), put(2, 2015), lineOf('gateway', 2026, { hop: 'k3f9', level: 50, msg: 'giving up' }), request('gateway', 'k3f9', [0, 2030], '/checkout', 503));
    expect(verdict.slice(0, 2)).to.deep.equal(['failed first in gateway, +2,026 ms: giving up (503).', 'bank had answered 429 to 2 attempts of POST /pay, at +2,025 ms.']);
  });
  it('says who told a hop to try again before that went well', () => {
    const { verdict } = storyOf(put(1, 5), call('gateway', 'k3f9.2', [2015, 2025], 'bank', '/pay', 200), request('gateway', 'k3f9', [0, 2030], '/checkout', 200));
    expect(verdict[1]).to.equal('bank answered 429 at +15 ms; attempt 2 of gateway went well.');
  });
  it('says so if the end may be in a broken line', () => {
    const whole = JSON.stringify(request('gateway', 'k3f9', [0, 30], '/checkout', 200));
    const of = (name: string): string[] => storyOf(lineOf('gateway', 0, { hop: 'k3f9', msg: 'started' }), whole.slice(0, whole.indexOf(name))).verdict;
    expect(of('res')[0]).to.match(/^No whole line says how gateway ended/);
    expect(of('hop')[0]).to.match(/^No line says how gateway ended/);
  });
  it('does not name a first service that has no lines', () => {
    const { status, verdict } = storyOf(request('orders', 'k3f9.1-8ab', [5, 195], '/orders', 200));
    expect([status, verdict]).to.deep.equal(['ok', ['No line of the first service; orders took 190 ms.']]);
  });
  it('never says that something unknown was answered', () => {
    const { verdict } = storyOf(request('ledger', 'k3f9.1-8ab', [0, 499], '/Ledger/Book'), lineOf('ledger', 826, { hop: 'k3f9.1-8ab', msg: 'booked' }));
    expect(verdict.join(' ')).to.not.include('undefined');
  });
});

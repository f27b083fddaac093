import { expect } from 'chai';
import { call, lineOf, request, storyOf } from './lines';

/** A gateway with hops, then orders without, which passes none on, then payment with hops. */
const FRONT = [lineOf('gateway', 0, { hop: 'aaaa', msg: 'start' }), call('gateway', 'aaaa.1', [3, 311], 'orders', '/orders', 503), request('gateway', 'aaaa', [0, 315], '/checkout', 502)];
const orders = (took = 305): Record<string, unknown>[] => [
  lineOf('orders', 5, { reqId: 'req-1', req: { method: 'POST', url: '/orders' }, msg: 'incoming request' }),
  lineOf('orders', 300, { level: 50, reqId: 'req-1', msg: 'gave up on payment' }),
  lineOf('orders', 310, { reqId: 'req-1', res: { statusCode: 503 }, responseTime: took, msg: 'request completed' }),
];
const payment = (hop: string, from: number, message = 'database down'): Record<string, unknown>[] => [
  lineOf('payment', from + 80, { hop, level: 50, err: { type: 'Error', message }, msg: message }),
  request('payment', hop, [from, from + 90], '/charge', 500),
];

describe('the story of a request through a service that numbers no hops', () => {
  it('looks for the first failure in the requests within that hop, and says that it guesses', () => {
    const { verdict, notes } = storyOf(...FRONT, ...orders(), ...payment('bbbb', 20), ...payment('cccc', 150));
    expect(verdict[0]).to.equal('failed first in payment, +100 ms: database down (500); a guess, because no line says what orders called.');
    expect(notes).to.deep.equal(['No line connects 3 requests of this ID: gateway, payment. Which one the client called, and so what failed first, is a guess.']);
  });
  it('does not blame what began before or failed behind it', () => {
    for (const from of [1, 240]) expect(storyOf(...FRONT, ...orders(), ...payment('bbbb', from)).verdict[0]).to.equal('failed first in orders, +300 ms: gave up on payment (503).');
  });
  it('blames what took no time', () => {
    expect(storyOf(...FRONT, ...orders(), lineOf('stock', 20, { hop: 'bbbb', level: 50, msg: 'no warehouse' })).verdict[0]).to.match(/^failed first in stock, \+20 ms: no warehouse; a guess/);
  });
  it('knows the called hop although it logged its end late', () => {
    const { hops, silent } = storyOf(...FRONT, ...orders(315));
    expect([hops.find(({ service }) => service === 'orders')?.parent, silent]).to.deep.equal(['aaaa', []]);
  });
});

import { expect } from 'chai';
import { lineOf, request, storyOf } from './lines';

const served = (fields: object = {}): Record<string, unknown> => lineOf('orders', 110, { req: { id: 1, method: 'POST', url: '/pay' }, res: { statusCode: 200 }, responseTime: 110, msg: 'request completed', ...fields });

describe('fields of an application on a line', () => {
  for (const [what, lines] of Object.entries({
    'with hops': [lineOf('orders', 0, { hop: 'aaaa', service: 'stripe', msg: 'calling' }), lineOf('John Doe', 50, { hop: 'aaaa', msg: 'loaded' }), request('orders', 'aaaa', [0, 110], '/pay', 500)],
    'without hops': [lineOf('orders', 0, { service: 'stripe', msg: 'calling' }), lineOf('John Doe', 50, { msg: 'loaded' }), served({ res: { statusCode: 500 } })],
  })) {
    it(`are not the service, ${what}`, () => {
      const story = storyOf(...lines);
      expect([...story.hops, ...story.lines].map(({ service }) => service)).to.deep.equal(['orders', 'orders', 'orders', 'orders']);
    });
  }
  it('are the service if a process writes records of several', () => {
    const of = (name: string, at: number): Record<string, unknown>[] => [lineOf(name, at, { hop: name[0], msg: 'begun' }), request(name, name[0] as string, [at, at + 9], '/', 200)];
    expect(new Set(storyOf(...of('a-service', 0), ...of('b-service', 20), lineOf('c-service', 30, { msg: 'hello' })).lines.map(({ service }) => service)).size).to.equal(3);
  });

  const own = [
    lineOf('orders', 40, { method: 'findMany', duration: 12, msg: 'prisma query' }),
    lineOf('orders', 80, { method: 'GET', url: 'https://api.stripe.com/v1/charges', status: 503, duration: 31, msg: 'stripe answered' }),
    lineOf('orders', 90, { method: 'GET', url: '/charges', status: 200, duration: 200, msg: 'stripe answered' }),
  ];
  it('are not the request, with hops', () => {
    const { status, hops } = storyOf(...own.map((line) => ({ ...line, hop: 'aaaa' })), served({ hop: 'aaaa' }));
    expect(status).to.equal('ok');
    expect(hops.map(({ url, ms, status: answer }) => [url, ms, answer])).to.deep.equal([['/pay', 110, 200]]);
  });
  it('are not another request, without hops', () => {
    expect(storyOf(...own.slice(0, 2), served()).hops.map(({ url }) => url)).to.deep.equal(['/pay']);
  });
});

import { expect } from 'chai';
import { App } from '../app';
import type { Line } from '../app';

const UUID = /^[0-9a-f-]{36}$/;

describe('a request without a socket, or to a wrapped listener', () => {
  let lines: Line[];
  before(async () => {
    const app = App.start('serverless/app.cjs');
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    lines = app.lines;
  });

  for (const of of ['fastify', 'express', 'lambda', 'fetch', 'listener', 'hono', 'serverless-http', 'aws-lambda']) {
    it(`of ${of} has its ID in the handler, on its lines and in the response`, () => {
      const mine = lines.filter((line) => line['of'] === of);
      const [came, made] = [mine.slice(0, 2), mine.slice(2)] as [[Line, Line], [Line, Line]];
      expect(came[0].correlation_id).to.equal('id-1');
      expect(came[1]).to.include({ saw: 'id-1', echo: 'id-1' });
      expect(made[0].correlation_id).to.match(UUID);
      expect(made[1]).to.include({ saw: made[0].correlation_id, echo: made[0].correlation_id });
    });
  }

  it('has its hop and one record if hops are on', async () => {
    const app = App.start('serverless/app.cjs', { env: { CORR_HOPS: 'true' } });
    await app.exited;
    const through = app.lines.filter((line) => line.msg === 'request completed');
    const handled = app.lines.filter((line) => line.msg === 'handled');
    expect(handled).to.have.length(16);
    expect(new Set(handled.map((line) => line['hop'])).size).to.equal(16);
    expect(through.map((line) => line['hop'])).to.have.members(handled.map((line) => line['hop']));
    for (const line of through) {
      expect(line).to.deep.include({ req: { method: 'GET', url: '/' }, res: { statusCode: 200 } });
      expect(line['responseTime']).to.be.a('number');
    }
  });
});

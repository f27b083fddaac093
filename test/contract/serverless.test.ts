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

describe('a request without a socket, within another request', () => {
  const inside = async (headers: object, env: Record<string, string> = {}): Promise<Line[]> => {
    const app = App.start('serverless/inside.cjs', { args: [JSON.stringify(headers)], env: { CORR_HOPS: 'true', ...env } });
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    return app.lines;
  };
  const inner = (lines: Line[]): Line[] => lines.filter(({ msg }) => msg === 'inner');

  it('is a call of that one', async () => {
    const lines = await inside({ baggage: 'user=7' });
    const root = lines.find((line) => (line['req'] as { url?: string } | undefined)?.url === '/batch')?.['hop'] as string;
    expect(inner(lines).map(({ correlation_id: id }) => id)).to.deep.equal(['batch-1', 'batch-1']);
    expect(inner(lines).map((line) => String(line['hop']).replace(/-\w+$/, ''))).to.have.members([`${root}.1`, `${root}.2`]);
    expect(lines.at(-1)?.['echoes']).to.deep.equal(['batch-1', 'batch-1']);
  });

  it('keeps an ID of its own', async () => {
    expect(inner(await inside({ 'Correlation-Id': 'own-1' })).map(({ correlation_id: id }) => id)).to.deep.equal(['own-1', 'own-1']);
  });

  it('gets a new ID if incoming ones are not trusted', async () => {
    const lines = await inside({}, { CORR_TRUST_INCOMING: 'false' });
    expect(new Set(inner(lines).map(({ correlation_id: id }) => id))).to.have.property('size', 2);
  });
});

/** What is on the lines of each: the ID that the handler saw, the answer's ID in the form that the platform reads, and its status. */
const ID = Symbol('any ID that was made here');
const FORMS: Record<string, { saw: unknown; echo: unknown[]; status?: number; failed?: string }> = {
  'fastify behind an adapter': { saw: 'id-1', echo: ['id-1'], status: 200 },
  'an unacceptable ID': { saw: ID, echo: [[ID]], status: 200 },
  'two IDs': { saw: 'id-1', echo: [['id-1']], status: 200 },
  'values of a load balancer': { saw: 'id-1', echo: [['id-1']], status: 200 },
  'values of a load balancer, answered as such': { saw: 'id-1', echo: [['id-1']], status: 200 },
  'an answer with both, to an event with one value each': { saw: 'id-1', echo: ['id-1', ['id-1']], status: 200 },
  'an answer with values': { saw: 'id-1', echo: [['id-1']], status: 200 },
  'no headers at all': { saw: ID, echo: [ID], status: 200 },
  'a frozen event': { saw: 'id-1', echo: ['id-1'], status: 200 },
  'an event of a queue': { saw: undefined, echo: [], status: 200 },
  'a callback': { saw: 'id-1', echo: ['id-1'], status: 503 },
  'a callback with an error': { saw: 'id-1', echo: [], failed: 'gone' },
  'a Request of the undici package': { saw: 'id-1', echo: ['id-1'], status: 200 },
  'an error': { saw: 'id-1', echo: [null], status: 0 },
  'a response that another request had': { saw: 'id-1', echo: ['id-1'], status: 204 },
  'a handler in a handler': { saw: 'id-1', echo: ['id-1'], status: 201 },
  'what is no event': { saw: undefined, echo: [], status: 200 },
  'a redirect': { saw: 'id-1', echo: ['id-1'], status: 302 },
  'a redirect of the undici package': { saw: 'id-1', echo: ['id-1'], status: 302 },
};

describe('a handler that is wrapped by hand gets and gives the ID', () => {
  const exchanges = new Map<string, Line[]>();
  before(async () => {
    const app = App.start('serverless/events.cjs', { env: { CORR_HOPS: 'true' } });
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    let lines: Line[] = [];
    for (const line of app.lines) {
      lines.push(line);
      if (line.msg !== 'answered' && line.msg !== 'twice') continue;
      exchanges.set((line['of'] ?? 'twice') as string, lines);
      lines = [];
    }
  });

  it('in a copy of the event, which may be passed again', () => expect(exchanges.get('twice')?.at(-1)).to.deep.include({ given: {}, differ: true }));

  for (const [form, { saw, echo, status, failed }] of Object.entries(FORMS)) {
    it(`with ${form}`, () => {
      const lines = exchanges.get(form) as Line[];
      const [handled, answered] = ['handled', 'answered'].map((msg) => lines.find((line) => line.msg === msg)) as [Line, Line];
      const id = saw === ID ? handled.correlation_id : saw;
      expect(handled['saw']).to.equal(id);
      expect(handled.correlation_id).to.equal(id ?? 'Internal');
      if (saw === ID) expect(id).to.match(UUID);
      expect(answered['echo']).to.deep.equal(echo.map((each) => (each === ID ? id : Array.isArray(each) && each[0] === ID ? [id] : each)));
      expect(answered['status']).to.equal(status);
      expect(answered['failed']).to.equal(failed);
      const records = lines.filter((line) => 'responseTime' in line);
      if (saw === undefined) return expect(records).to.deep.equal([]);
      expect(records.map((line) => [line.msg, (line['res'] as { statusCode?: number } | undefined)?.statusCode])).to.deep.equal([[failed === undefined ? 'request completed' : 'request aborted', status]]);
      expect(lines.indexOf(records[0] as Line)).to.be.above(lines.indexOf(handled));
      return undefined;
    });
  }
});

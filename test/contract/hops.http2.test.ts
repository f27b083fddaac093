import { expect } from 'chai';
import { App } from '../app';
import type { Line } from '../app';
import { Client } from '../ask';

/** How the client goes on, and how the server answers: whether the call completes, and the request. */
const CASES: Record<string, [call: boolean, request: boolean | undefined]> = {
  'reads/whole': [true, true],
  'reads/empty': [true, true],
  'reads/large': [true, true],
  'reads/trailers': [true, true],
  'reads/whole/true': [true, true],
  'reads/empty/true': [true, true],
  'reads/large/true': [true, true],
  'reads/trailers/true': [true, true],
  'reads late/whole': [true, true],
  'reads late/large/true': [true, true],
  'does not read/whole': [true, true],
  'destroys without reading/whole': [true, true],
  'reads/nothing': [false, false],
  'closes/nothing': [false, false],
  'cancels/nothing': [false, false],
  'destroys/nothing': [false, false],
  'destroys the session/nothing': [false, false],
  'closes/half': [false, false],
  'closes/half/true': [false, false],
  'closes at the head/half': [false, false],
  'closes without reading/half': [false, false],
  'cancels/half': [false, false],
  'destroys/half': [false, false],
  'destroys the session/half': [false, false],
  // Node before 26 never closes such a stream, unless the request was read.
  'closes without reading/large': [false, undefined],
  'closes without reading/large/true': [false, false],
  'cancels without reading/large': [false, false],
  'cancels without reading/large/true': [false, false],
  'cancels/without trailers': [false, false],
  'reads/closes early': [false, false],
};

/** What a field `grpc-status` says, and what a record says. */
const STATUSES: Record<string, number | undefined> = { 0: 0, 5: 5, 14: 14, 16: 16, 17: undefined, '-1': undefined, '1e1': undefined, '07': undefined, '5.0': undefined, '5, 14': undefined, 'NOT_FOUND': undefined };

describe('hop records of http2', () => {
  let app: App;
  let port: number;
  const client = new Client();

  before(async () => {
    app = App.start('hops/closed-streams.cjs', { env: { CORR_HOPS: 'true', NODE_NO_WARNINGS: '1' } });
    port = await app.port();
  });
  after(async () => {
    client.close();
    await app.stop();
  });

  async function recordOf(path: string, isCall: boolean): Promise<Line> {
    return app.line((line) => line.correlation_id === idOf(path) && line['start'] !== undefined && (line['call'] !== undefined) === isCall && (line['req'] as { url: string }).url === '/called');
  }
  const idOf = (path: string): string => path.replaceAll(/\W/g, '-');
  const ask = (path: string): Promise<unknown> => client.ask('http', port, { path: `/${encodeURI(path)}`, headers: { 'correlation-id': idOf(path) } });

  it('say whether the answer came, and went out, in whole, however the stream was closed', async () => {
    await Promise.all(Object.keys(CASES).map(ask));
    for (const [path, [call, request]] of Object.entries(CASES)) {
      const called = await recordOf(path, true);
      expect(called, path).to.include(call ? { msg: 'call completed', level: 30 } : { msg: 'call failed', level: 40 });
      if (!call) expect(called['err'], path).to.deep.include({ type: 'Error', code: 'ERR_HTTP2_STREAM_ERROR' }).and.have.property('message').that.matches(/^aborted, stream closed with code [08]$/);
      if (request !== undefined) expect(await recordOf(path, false), path).to.include(request ? { msg: 'request completed', level: 30 } : { msg: 'request aborted', level: 40 });
    }
  });

  it('say why, if the service itself breaks its answer off', async () => {
    const path = 'reads/half, and breaks off';
    await ask(path);
    expect(await recordOf(path, false)).to.deep.include({ msg: 'request aborted', err: { type: 'Error', message: 'disk failed' } });
    const cancelled = app.lines.filter((line) => line.msg === 'request aborted' && line.correlation_id !== idOf(path));
    expect(cancelled.filter((line) => line['err'] !== undefined)).to.deep.equal([]);
  });

  it('are of the request, not of what is pushed with it', async () => {
    await Promise.all(['reads/a push and then all', 'reads/a push and then half'].map(ask));
    const [all, half] = await Promise.all(['reads/a push and then all', 'reads/a push and then half'].map(async (path) => recordOf(path, false)));
    expect(all).to.deep.include({ msg: 'request completed', res: { statusCode: 503 } });
    expect(half).to.include({ msg: 'request aborted' });
    expect(app.lines.filter(({ correlation_id: id, msg }) => msg?.startsWith('request ') === true && id === idOf('reads/a push and then all'))).to.have.length(2); // the front's own as well
  });

  for (const way of ['http', 'fetch']) {
    it(`have the status of gRPC if it is in the head of an answer, as with gRPC-Web (${way})`, async () => {
      await ask(way);
      expect(await recordOf(way, true)).to.deep.include({ msg: 'call completed', level: 40, res: { statusCode: 200, grpcStatus: 14 } });
    });
  }

  it('have the status of gRPC only if it is one of the 17 numbers', async () => {
    await Promise.all(Object.keys(STATUSES).map((status) => ask(`reads/${status}`)));
    for (const [status, grpcStatus] of Object.entries(STATUSES)) {
      const expected = { statusCode: 200, ...(grpcStatus !== undefined && { grpcStatus }) };
      for (const isCall of [true, false]) expect((await recordOf(`reads/${status}`, isCall))['res'], status).to.deep.equal(expected);
    }
  });
});

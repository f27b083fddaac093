import { expect } from 'chai';
import { App } from '../app';
import type { Line } from '../app';
import { Client } from '../ask';
import { describeInFull } from '../breadth';

interface Expected { call: Partial<Line>; request: Partial<Line> }

const both = (grpcStatus: number, level: number): Expected => ({
  call: { msg: 'call completed', level, res: { statusCode: 200, grpcStatus } },
  request: { msg: 'request completed', level, res: { statusCode: 200, grpcStatus } },
});
const aborted = { type: 'Error', message: 'aborted, stream closed with code 8', code: 'ERR_HTTP2_STREAM_ERROR' };

const CASES: Record<string, Expected> = {
  'unary/0': both(0, 30),
  'unary/3': both(3, 30), // INVALID_ARGUMENT, in the head: there is no body
  'unary/14': both(14, 40), // UNAVAILABLE
  'stream/0': both(0, 30),
  'stream/5': both(5, 30), // NOT_FOUND, in the trailers
  'stream/13': both(13, 40), // INTERNAL
  'missing/0': both(12, 40), // UNIMPLEMENTED
  'cancel/0': { call: { msg: 'call failed', level: 40, err: aborted }, request: { msg: 'request aborted', level: 40 } },
  'cancel-stream/0': { call: { msg: 'call failed', level: 40, err: aborted, res: { statusCode: 200 } }, request: { msg: 'request aborted', level: 40, res: { statusCode: 200 } } },
};

for (const [library, args] of [['@grpc/grpc-js', []], ['grpc-1.9', ['start']], ['grpc-1.3', ['start']]] as const) {
  (library === '@grpc/grpc-js' ? describe : describeInFull)(`hop records of ${library}`, () => {
    let app: App;
    let port: number;
    const client = new Client();

    before(async () => {
      app = App.start('hops/grpc.cjs', { args: [library, ...args], env: { CORR_HOPS: 'true', NODE_NO_WARNINGS: '1' } });
      port = await app.port();
    });
    after(async () => {
      client.close();
      await app.stop();
    });

    async function ask(path: string): Promise<{ call: Line; request: Line }> {
      const id = path.replace('/', '-');
      await client.ask('http', port, { path: `/${path}`, headers: { 'correlation-id': id } });
      const record = (isCall: boolean): Promise<Line> => app.line((line) => line.correlation_id === id && (line['req'] as { url?: string } | undefined)?.url?.startsWith('/test.Service/') === true && (line['call'] !== undefined) === isCall);
      return { call: await record(true), request: await record(false) };
    }

    for (const [path, { call, request }] of Object.entries(CASES)) {
      it(`say how the call /${path} ended`, async () => {
        const records = await ask(path);
        expect(records.call).to.deep.include(call);
        expect(records.request).to.deep.include(request);
      });
    }

    it('say that a call was aborted whose deadline is over', async () => {
      const { call, request } = await ask('deadline/0');
      expect(call).to.deep.include({ msg: 'call failed', level: 40, err: aborted });
      expect(request['level']).to.equal(40); // the server has the deadline too: either end is the first
      if (request.msg === 'request completed') expect(request['res']).to.deep.equal({ statusCode: 200, grpcStatus: 4 });
    });
  });
}

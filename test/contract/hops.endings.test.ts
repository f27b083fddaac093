import { expect } from 'chai';
import http2 from 'node:http2';
import { App } from '../app';
import type { Line } from '../app';
import { Client, values } from '../ask';
import { CORE } from '../breadth';
import { baggageOf } from '../client-app';
import { Recorder } from '../recorder';
import { Wire, head } from '../wire';

const OPTIONS = { env: { CORR_HOPS: 'true', NODE_NO_WARNINGS: '1' } };
const isRecord = ({ msg }: Line): boolean => /^(request|call) (completed|aborted|failed)$/.test(String(msg));

describe('hop records of unusual endings', () => {
  let app: App;
  let port: number;
  const client = new Client();

  before(async () => {
    app = App.start('hops/endings.cjs', OPTIONS);
    port = await app.port();
  });
  after(async () => {
    client.close();
    await app.stop();
  });

  const recordOf = (id: string): Promise<Line> => app.line((line) => line.correlation_id === id && isRecord(line));

  it('are written for each of several requests on one connection that is cut', async () => {
    const paths = ['/wait', '/quick', '/half', '/read', '/wait'];
    const wire = await Wire.open(port);
    wire.write(paths.map((path, i) => head('GET', path, `cut-${i}`)).join(''));
    await app.line((line) => line.correlation_id === 'cut-4' && line.msg === 'waits');
    wire.socket.destroy();
    for (const [i, url] of paths.entries()) {
      expect(await recordOf(`cut-${i}`)).to.deep.include({ req: { method: 'GET', url }, level: 40, msg: 'request aborted' }).and.not.have.property('err');
    }
    await client.ask('http', port, { path: '/quick', headers: { 'correlation-id': 'after-cut' } });
    await recordOf('after-cut');
    expect(app.lines.filter((line) => isRecord(line) && /^cut-/.test(String(line.correlation_id)))).to.have.length(paths.length);
  });

  it("are written if a listener of the response's end throws, and its connection goes on to other requests", async () => {
    const wire = await Wire.open(port);
    wire.write(head('GET', '/throws', 'throws'));
    expect(await recordOf('throws')).to.deep.include({ res: { statusCode: 200 }, msg: 'request completed' });
    expect(await app.line(({ msg }) => msg === 'uncaught')).to.include({ correlation_id: 'throws', message: 'thrown' });
    wire.socket.destroy();
    expect((await app.line((line) => line.msg === 'socket closes')).correlation_id).to.equal('Internal');
  });

  it('say that a request was aborted if the client goes away during the answer', async () => {
    const wire = await Wire.open(port);
    wire.socket.pause();
    wire.write(head('GET', '/large', 'large'));
    await app.line((line) => line.correlation_id === 'large' && line.msg === 'handler');
    wire.socket.destroy();
    expect(await recordOf('large')).to.deep.include({ res: { statusCode: 200 }, level: 40, msg: 'request aborted' }).and.not.have.property('err');
  });

  it('do not say why if the client breaks its upload off, whatever the service does then', async () => {
    for (const [path, ends] of [['/reacts', 'destroy'], ['/reacts', 'resetAndDestroy'], ['/read', 'destroy'], ['/read', 'resetAndDestroy']] as const) {
      const id = `upload-${path.slice(1)}-${ends}`;
      const wire = await Wire.open(port);
      wire.write(`${head('POST', path, id, 'Content-Length: 100')}abc`);
      await app.line((line) => line.correlation_id === id && line.msg === (path === '/reacts' ? 'waits' : 'handler'));
      wire.socket[ends]();
      expect(await recordOf(id), id).to.include({ level: 40, msg: 'request aborted' }).and.not.have.property('err');
    }
  });

  it('say why, if the service itself breaks its answer off', async () => {
    for (const [path, err] of [['/breaks', { type: 'Error', message: 'disk failed' }], ['/closes', { type: 'Error', message: 'connection closed by the service', code: 'ECONNABORTED' }]] as const) {
      const wire = await Wire.open(port);
      wire.write(head('GET', path, path.slice(1)));
      expect(await recordOf(path.slice(1))).to.deep.include({ res: { statusCode: 200 }, err, level: 40, msg: 'request aborted' });
    }
  });

  it('say so without an error too, over http and http2', async () => {
    const { h2 } = await app.line(({ msg }) => msg === 'listening');
    const err = { type: 'Error', message: 'connection closed by the service', code: 'ECONNABORTED' };
    for (const [protocol, to, path] of [['http', port, '/lets-go'], ['http2', h2 as number, '/lets-go'], ['http2', h2 as number, '/resets']] as const) {
      const id = `${protocol}-${path.slice(1)}`;
      await client.ask(protocol, to, { path, headers: { 'correlation-id': id } }).catch(() => undefined);
      expect(await recordOf(id), id).to.deep.include({ res: { statusCode: 200 }, err, level: 40, msg: 'request aborted' });
    }
  });

  it('have the status that was sent, whatever the service sets afterwards', async () => {
    await client.ask('http', port, { path: '/changes-status', headers: { 'correlation-id': 'changes-status' } });
    expect(await recordOf('changes-status')).to.deep.include({ res: { statusCode: 200 }, level: 30, msg: 'request completed' });
  });

  it('have it also if responses do not return the ID', async () => {
    const silent = App.start('hops/endings.cjs', { env: { ...OPTIONS.env, CORR_ECHO: 'false' } });
    try {
      const answer = await client.ask('http', await silent.port(), { path: '/changes-status', headers: { 'correlation-id': 'silent' } });
      expect(values(answer, 'correlation-id')).to.deep.equal([]);
      expect(await silent.line((line) => line.correlation_id === 'silent' && isRecord(line))).to.deep.include({ res: { statusCode: 200 }, level: 30 });
    } finally {
      await silent.stop();
    }
  });

  it('say why, if a gateway ends its answer with the error of an upstream that was reset', async () => {
    const { h2 } = await app.line(({ msg }) => msg === 'listening');
    for (const [path, code] of [['/gateway', 'ECONNRESET'], ['/h2-gateway', 'ERR_HTTP2_STREAM_ERROR'], ['/request-gateway', 'ECONNRESET']] as const) {
      for (const [protocol, to] of [['http', port], ['http2', h2 as number]] as const) {
        if (path === '/request-gateway' && protocol === 'http2') continue; // destroying the request ends its stream without an error
        const id = `${protocol}-of${path.replace('/', '-')}`;
        await client.ask(protocol, to, { path, headers: { 'correlation-id': id } }).catch(() => undefined);
        const record = await app.line((line) => line.correlation_id === id && line['call'] === undefined && isRecord(line) && (line['req'] as { url: string }).url === path);
        expect(record, id).to.deep.include({ res: { statusCode: 200 }, level: 40, msg: 'request aborted' });
        expect(record['err'], id).to.include({ code });
      }
    }
  });

  it('say that a request was aborted if the client goes away during the answer over http2', async () => {
    const { h2 } = await app.line(({ msg }) => msg === 'listening');
    const session = http2.connect(`http://127.0.0.1:${String(h2)}`);
    session.request({ ':path': '/large', 'correlation-id': 'large-h2' });
    await app.line((line) => line.correlation_id === 'large-h2' && line.msg === 'handler');
    session.destroy();
    expect(await recordOf('large-h2')).to.deep.include({ res: { statusCode: 200 }, level: 40, msg: 'request aborted' });
  });

  it('name the host that a call goes to, whatever its Host field says', async () => {
    await client.ask('http', port, { path: '/forwarded', headers: { 'correlation-id': 'forwarded' } });
    expect(await app.line((line) => line.correlation_id === 'forwarded' && line['call'] !== undefined)).to.deep.include({ req: { method: 'GET', host: '127.0.0.1', url: '/quick' } });
  });

  it('have one number for a call whose head is rendered twice', async () => {
    await client.ask('http', port, { path: '/by-proxy', headers: { 'correlation-id': 'by-proxy' } });
    const { call, req } = await app.line((line) => line.correlation_id === 'by-proxy' && line['call'] !== undefined);
    expect(call).to.match(/^\w{4}\.1$/);
    expect(req).to.deep.equal({ method: 'GET', host: 'upstream.test', url: '/quick' });
  });

  it('are written for a call that is destroyed with an error that cannot be read, which its listener gets', async () => {
    await client.ask('http', port, { path: '/odd-error', headers: { 'correlation-id': 'odd-error' } });
    const line = (text: string): Promise<Line> => app.line(({ correlation_id: id, msg }) => id === 'odd-error' && msg === text);
    expect(await line('error')).to.include({ isSame: true });
    expect((await line('call failed'))['err']).to.deep.equal({ type: 'object', message: 'unreadable' });
  });

  it('do not change what a listener gets if the application emits a response of its own', async () => {
    await client.ask('http', port, { path: '/simulated', headers: { 'correlation-id': 'simulated' } });
    await app.line(({ correlation_id: id, msg }) => id === 'simulated' && msg === 'request completed');
    const lines = app.lines.filter((line) => line.correlation_id === 'simulated');
    expect(lines.find(({ msg }) => msg === 'response')).to.include({ isSame: true });
    expect(lines.filter(({ msg }) => msg === 'call failed')).to.have.length(1);
  });
});

describe('hop records of calls over a shared connection', () => {
  it("have what the application's own store says of the caller", async () => {
    const app = App.start('hops/own-store.cjs', OPTIONS);
    await app.exited;
    const calls = app.lines.filter(({ msg }) => msg === 'call completed');
    expect(calls).to.have.length(9);
    expect(calls.map((line) => line['user'])).to.deep.equal(calls.map(({ correlation_id: id }) => String(id).replace('id', 'user')));
  });
});

(CORE ? describe.skip : describe)('hop records of frameworks that write no line of a request', () => {
  let app: App;
  const client = new Client();

  before(() => {
    app = App.start('hops/kept-loggers.cjs', OPTIONS);
  });
  after(async () => {
    client.close();
    await app.stop();
  });

  async function ask(server: string, path: string, id: string): Promise<Line> {
    const { port } = await app.line((line) => line['name'] === server);
    await client.ask('http', port as number, { path, headers: { 'correlation-id': id } });
    return app.line((line) => line.correlation_id === id && line['start'] !== undefined);
  }

  for (const server of ['fastify', 'pino-http']) {
    it(`have no bindings of another request, whose logger was kept (${server})`, async () => {
      const first = await ask(server, '/kept', `${server}-1`);
      const second = await ask(server, '/kept', `${server}-2`);
      expect(first['reqId'], 'the logger of the first request itself').to.be.a('string');
      expect(first).to.not.have.property('part');
      expect((await app.line((line) => line.correlation_id === `${server}-2` && line.msg === 'client'))['reqId']).to.equal(first['reqId']);
      expect(second['reqId']).to.not.equal(first['reqId']);
      expect(second).to.not.have.property('part');
    });
  }

  it('are written if the application logs the request itself', async () => {
    expect(await ask('fastify', '/own', 'own')).to.deep.include({ res: { statusCode: 200 }, msg: 'request completed' });
  });

  it('are written for a failed request if the logger writes only warnings', async () => {
    expect(await ask('fastify, only warnings', '/bad', 'bad')).to.deep.include({ res: { statusCode: 500 }, level: 40, msg: 'request completed' });
  });
});

describe('hop records where each request makes a root logger', () => {
  it('are written with its own one, whose base has its user', async () => {
    const app = App.start('hops/root-loggers.cjs', OPTIONS);
    const client = new Client();
    try {
      const port = await app.port();
      const users = ['ann', 'bob', 'cid', 'dora'];
      await Promise.all(users.map((user) => client.ask('http', port, { path: '/', headers: { 'correlation-id': user, user } })));
      const records = await Promise.all(users.map((user) => app.line((line) => line.correlation_id === user && isRecord(line))));
      expect(records.map((line) => line['user'])).to.deep.equal(users);
    } finally {
      client.close();
      await app.stop();
    }
  });
});

describe('hop records at a shutdown', () => {
  for (const kind of ['transport', 'multistream']) {
    it(`are not written to a stream that was ended, and the process goes on (${kind})`, async () => {
      const app = App.start('hops/ended-stream.cjs', { ...OPTIONS, args: [kind] });
      expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
      expect(app.lines.map(({ msg }) => msg)).to.deep.equal(['handler']);
    });
  }
});

describe('hop records in a stream that sends each line by a call of its own', () => {
  for (const way of ['http', 'fetch']) {
    it(`cause no further records without end, since the call that sends one has none (${way})`, async () => {
      const recorder = await Recorder.start();
      const app = App.start('hops/shipping-stream.cjs', { ...OPTIONS, args: [`${recorder.addresses.http}/lines`, way] });
      try {
        expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
        // The line, the record of its request, and the record of the call that sent the line.
        const sent = recorder.take();
        expect(sent.map((request) => request.all('correlation-id'))).to.deep.equal([['ships'], ['ships'], ['ships']]);
        expect(sent.filter((request) => baggageOf(request).some((member) => member.startsWith('correlation.hop=')))).to.have.length(1);
      } finally {
        await app.stop();
        await recorder.stop();
      }
    });
  }
});

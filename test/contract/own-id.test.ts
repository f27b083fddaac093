import { expect } from 'chai';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { text } from 'node:stream/consumers';
import { App } from '../app';
import { Wire, head } from '../wire';

describe('the ID of a request', () => {
  let app: App;
  let port: number;

  before(async () => {
    app = App.start('own-id/app.cjs');
    port = await app.port();
  });
  after(() => app.stop());

  async function ask(path: string, id?: string, headers: http.OutgoingHttpHeaders = {}): Promise<{ response: http.IncomingMessage; body: string }> {
    const outgoing = http.get({ port, host: '127.0.0.1', agent: false, path, headers: { ...headers, ...(id === undefined ? {} : { 'Correlation-Id': id }) } });
    const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
    return { response, body: await text(response) };
  }

  async function own(id: string, ...messages: string[]): Promise<void> {
    for (const msg of messages) await app.line((line) => line.msg === msg && line['t'] === id);
    for (const line of app.lines.filter(({ t }) => t === id)) expect(line.correlation_id, JSON.stringify(line)).to.equal(id);
  }

  it('is on events of its own call, on a connection that another request opened', async () => {
    await ask('/call-ok', 'id-opener');
    await ask('/call-hang', 'id-hangs');
    await own('id-hangs', 'timeout', 'error', 'close');
  });

  it('is on the log line of an exception in its handler or in a microtask', async () => {
    for (const path of ['/throw', '/microtask']) {
      const wire = await Wire.open(port);
      wire.write(head('GET', path, `id-${path.slice(1)}`));
      await app.line((line) => line['t'] === `id-${path.slice(1)}`);
      wire.socket.destroy();
    }
    await own('id-throw', 'thrown');
    await own('id-microtask', 'thrown later');
  });

  it('is on the log line of an exception although the same error was thrown and caught before, elsewhere', async () => {
    const wires = await Promise.all([Wire.open(port), Wire.open(port), Wire.open(port)]);
    for (const [i, path] of ['/again', '/caught'].entries()) wires[i]?.write(head('GET', path, `id-${path.slice(1)}`));
    await own('id-again', 'same');
    wires[2]?.write(head('GET', '/target', 'id-target'));
    await own('id-listener', 'thrown by a listener');
    for (const wire of wires) wire.socket.destroy();
  });

  it('is on a response that is pushed with its own', async () => {
    const { http2: listening } = await app.line(({ msg }) => msg === 'listening');
    const session = http2.connect(`http://127.0.0.1:${String(listening)}`);
    const pushed = once(session, 'stream').then(async ([stream]) => ((await once((stream as http2.ClientHttp2Stream).resume(), 'push')) as [http2.IncomingHttpHeaders])[0]);
    const stream = session.request({ ':path': '/push', 'correlation-id': 'id-push' }).resume();
    await once(stream, 'close');
    expect((await pushed)['correlation-id']).to.equal('id-push');
    await own('id-push', 'push', 'push close');
    session.close();
  });

  it('is on the line of a request that Node itself refuses', async () => {
    const { once: listening } = await app.line(({ msg }) => msg === 'listening');
    const wire = await Wire.open(listening as number);
    wire.write(head('GET', '/', 'id-first') + head('GET', '/', 'id-dropped-request'));
    expect(await wire.until('503 Service')).to.include('200 OK');
    await own('id-dropped-request', 'dropped');
    wire.socket.destroy();
  });

  it('adds nothing that is visible when the request is printed, and no headers', async () => {
    const { response } = await ask('/inspect', 'id-inspect', { authorization: 'Bearer secret' });
    expect(response.headers).to.include({ 'x-shown': 'false', 'x-keys': 'none' });
  });

  it('is in all forms of its headers if it was created here', async () => {
    const { response, body } = await ask('/distinct');
    const id = response.headers['correlation-id'];
    expect(JSON.parse(body)).to.deep.equal([id, [id], ['Correlation-Id', id]]);
  });

  it('is in all forms of its headers once if it replaces two', async () => {
    const wire = await Wire.open(port);
    wire.write(head('GET', '/distinct', 'bad id', 'Correlation-Id: bad too', 'X-Last: 1', 'Connection: close'));
    const received = await wire.until(']]');
    const id = /^Correlation-Id: (.*)\r$/im.exec(received)?.[1];
    expect(JSON.parse(received.slice(received.indexOf('['), received.indexOf(']]') + 2))).to.deep.equal([id, [id], ['Connection', 'close']]);
    wire.socket.destroy();
  });

  it('is not taken from the headers that Node drops, because no other code sees those', async function () {
    const many = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`x-${i}`, '1']));
    const { response, body } = await ask('/distinct', undefined, { Host: 'a.example', ...many, 'Correlation-Id': 'id-dropped' });
    if (response.statusCode === 431) this.skip(); // the newest 22, 24 and 26 refuse such a request
    const id = response.headers['correlation-id'];
    expect(id).not.to.equal('id-dropped');
    expect((JSON.parse(body) as unknown[]).slice(0, 2)).to.deep.equal([id, [id]]);
  });

  it('is never the ID of another request on what an http2 client has queued', async () => {
    const ids = ['id-a', 'id-b', 'id-c'];
    const sent = await Promise.all(ids.map((id) => ask('/queued', id)));
    for (const [i, { body }] of sent.entries()) expect(ids.filter((id) => id !== ids[i]), body).not.to.include(body);
    expect((await ask('/queued', 'id-later')).body).to.equal('id-later');
  });

  it('is on events of its connection', async () => {
    await ask('/short', 'id-short');
    const wire = await Wire.open(port);
    wire.write(head('GET', '/silent', 'id-silent'));
    await own('id-silent', 'socket timeout', 'server timeout', 'socket close');
    wire.socket.destroy();
  });
});

import { expect } from 'chai';
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { App } from '../app';
import { Wire, head } from '../wire';

describe('what a request is told late', () => {
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

  it('by its own call on a connection that another request opened has its ID', async () => {
    await ask('/call-ok', 'id-opener');
    await ask('/call-hang', 'id-hangs');
    await own('id-hangs', 'timeout', 'error', 'close');
  });

  it('an exception of its handler, or of a microtask of it, is logged with its ID', async () => {
    for (const path of ['/throw', '/microtask']) {
      const wire = await Wire.open(port);
      wire.write(head('GET', path, `id-${path.slice(1)}`));
      await app.line((line) => line['t'] === `id-${path.slice(1)}`);
      wire.socket.destroy();
    }
    await own('id-throw', 'thrown');
    await own('id-microtask', 'thrown later');
  });

  it('shows nothing of ours, nor of its headers, where something of it is printed', async () => {
    const { response } = await ask('/inspect', 'id-inspect', { authorization: 'Bearer secret' });
    expect(response.headers).to.include({ 'x-shown': 'false', 'x-keys': 'none' });
  });

  it('an ID that was made here is in all of its headers', async () => {
    const { response, body } = await ask('/distinct');
    const id = response.headers['correlation-id'];
    expect(JSON.parse(body)).to.deep.equal([id, [id], ['Correlation-Id', id]]);
  });

  it('an ID that takes the place of two that came is in all of its headers, once', async () => {
    const wire = await Wire.open(port);
    wire.write(head('GET', '/distinct', 'bad id', 'Correlation-Id: bad too', 'X-Last: 1', 'Connection: close'));
    const received = await wire.until(']]');
    const id = /^Correlation-Id: (.*)\r$/im.exec(received)?.[1];
    expect(JSON.parse(received.slice(received.indexOf('['), received.indexOf(']]') + 2))).to.deep.equal([id, [id], ['Connection', 'close']]);
    wire.socket.destroy();
  });

  it('an ID among the headers that Node drops is not taken: nobody else has it', async () => {
    const many = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`x-${i}`, '1']));
    const { response, body } = await ask('/distinct', undefined, { Host: 'a.example', ...many, 'Correlation-Id': 'id-dropped' });
    const id = response.headers['correlation-id'];
    expect(id).not.to.equal('id-dropped');
    expect((JSON.parse(body) as unknown[]).slice(0, 2)).to.deep.equal([id, [id]]);
  });

  it('what a http2 client queued goes out under its own ID or a new one, never under that of another request', async () => {
    const ids = ['id-a', 'id-b', 'id-c'];
    const sent = await Promise.all(ids.map((id) => ask('/queued', id)));
    for (const [i, { body }] of sent.entries()) expect(ids.filter((id) => id !== ids[i]), body).not.to.include(body);
    expect((await ask('/queued', 'id-later')).body).to.equal('id-later');
  });

  it('by its connection has its ID', async () => {
    await ask('/short', 'id-short');
    const wire = await Wire.open(port);
    wire.write(head('GET', '/silent', 'id-silent'));
    await own('id-silent', 'socket timeout', 'server timeout', 'socket close');
    wire.socket.destroy();
  });
});

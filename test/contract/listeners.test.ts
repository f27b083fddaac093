import { expect } from 'chai';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { WebSocket } from 'ws';
import { App, PRELOAD } from '../app';
import type { Line, StartOptions } from '../app';
import { Wire, head } from '../wire';

describe('listeners of a request', () => {
  let app: App;
  let port: number;
  const logged = (t: string): Line[] => app.lines.filter((line) => line['t'] === t);

  /** The lines of a request, as soon as the last of these messages is there; all must have its ID. */
  async function stamped(t: string, id: string, messages: string[]): Promise<void> {
    for (const msg of messages) await app.line((line) => line['t'] === t && line.msg === msg);
    for (const line of logged(t)) expect(line.correlation_id, JSON.stringify(line)).to.equal(id);
  }

  async function start(options: StartOptions): Promise<void> {
    app = App.start('servers/listeners.cjs', options);
    port = await app.port();
  }

  const apm = path.join(__dirname, '../fixtures/servers/apm.cjs');
  for (const [title, options] of Object.entries<StartOptions>({
    'with the preload': {},
    'with an agent loaded before the preload': { preload: 'none', nodeArgs: ['-r', apm, '-r', PRELOAD] },
    'with an agent loaded after the preload': { nodeArgs: ['-r', apm] },
  })) {
    describe(title, () => {
      before(() => start(options));
      after(() => app.stop());

      if (title.includes('agent')) {
        it("show each request to the agent once, with the admitted ID", async () => {
          const response = await fetch(`http://127.0.0.1:${port}/?t=agent`);
          const id = response.headers.get('correlation-id');
          await stamped('agent', id as string, ['handler', 'response finish', 'response close']);
          const seen = app.lines.filter((line) => line.msg === 'agent' && line['of'] === 'agent');
          expect(seen.map((line) => line['saw'])).to.deep.equal([id]);
        });
      }

      it('keep its ID if the client disconnects', async () => {
        const outgoing = http.get({ port, host: '127.0.0.1', path: '/never?t=aborted', headers: { 'Correlation-Id': 'id-aborted' } });
        outgoing.on('error', () => undefined); // our own disconnect
        await app.line((line) => line['t'] === 'aborted' && line.msg === 'handler');
        outgoing.destroy();
        await stamped('aborted', 'id-aborted', ['request close', 'response close']);
      });

      it('keep its ID if the client disconnects during the body', async () => {
        const wire = await Wire.open(port);
        wire.write(`${head('POST', '/?t=cut', 'id-cut', 'Content-Length: 10')}half`);
        await app.line((line) => line['t'] === 'cut' && line.msg === 'request data');
        wire.socket.destroy();
        await stamped('cut', 'id-cut', ['request aborted', 'request error', 'request close', 'response close']);
        for (const line of app.lines.filter(({ msg }) => msg === 'clientError')) expect(line.correlation_id).to.equal('id-cut');
      });

      it('keep its ID for a body that arrives together with the head', async () => {
        const wire = await Wire.open(port);
        wire.write(`${head('POST', '/?t=together', 'id-together', 'Content-Length: 4')}body`);
        await wire.until('together;');
        await stamped('together', 'id-together', ['request data', 'request end', 'response finish']);
        wire.socket.destroy();
      });

      it('keep its ID for a body that arrives later, on a connection with earlier requests', async () => {
        const wire = await Wire.open(port);
        await wire.write(head('GET', '/?t=early', 'id-early')).until('early;');
        wire.write(head('POST', '/?t=late', 'id-late', 'Content-Length: 8'));
        await app.line((line) => line['t'] === 'late' && line.msg === 'handler');
        wire.write('half');
        await app.line((line) => line['t'] === 'late' && line.msg === 'request data');
        await wire.write('half').until('late;');
        await stamped('early', 'id-early', ['response finish', 'response close']);
        await stamped('late', 'id-late', ['request end', 'response finish', 'response close']);
        wire.socket.destroy();
      });

      it("keep its ID for an event with one listener that has the name of Node's own", async () => {
        const wire = await Wire.open(port);
        await wire.write(head('POST', '/?t=unread', 'id-unread', 'Content-Length: 0')).until('unread;');
        wire.write(head('POST', '/named?t=named', 'id-named', 'Content-Length: 4'));
        await wire.write('body').until('named;');
        await stamped('named', 'id-named', ['request end']);
        wire.socket.destroy();
      });

      it('keep their own ID if requests are pipelined, and so do callbacks of what waits to be written', async () => {
        const wire = await Wire.open(port);
        wire.write(['pipe0', 'pipe1', 'pipe2'].map((t) => head('GET', `/called?t=${t}${t === 'pipe0' ? '&delay=50' : ''}`, `id-${t}`)).join(''));
        await wire.until('pipe2');
        for (const t of ['pipe0', 'pipe1', 'pipe2']) await stamped(t, `id-${t}`, ['own end', 'write called back', 'end called back', 'response close']);
        wire.socket.destroy();
      });

      it('keep their own ID if requests are pipelined, and so do the responses', async () => {
        const wire = await Wire.open(port);
        // The first request is answered last: its successors are in progress or done when its response finishes.
        const delays = [20, 0, 5, 1, 0];
        wire.write(delays.map((delay, i) => head('GET', `/?t=piped${i}&delay=${delay}`, `id-${i}`)).join(''));
        const received = await wire.until('piped4;');
        expect(received.match(/^correlation-id: .*(?=\r)/gim)).to.deep.equal(delays.map((_, i) => `Correlation-Id: id-${i}`));
        for (const i of delays.keys()) await stamped(`piped${i}`, `id-${i}`, ['handler', 'response finish', 'response close', 'request close']);
        wire.socket.destroy();
      });

      it("keep its ID when another emitter borrows its `emit`", async () => {
        const wire = await Wire.open(port);
        await wire.write(head('GET', '/lent?t=lent', 'id-lent')).until('lent;');
        await stamped('lent', 'id-lent', ['handler', 'borrowed', 'response finish']);
        wire.socket.destroy();
      });

      it('have its ID on a copy of the request that is emitted again', async () => {
        const wire = await Wire.open(port);
        await wire.write(head('GET', '/copied?t=copied', 'id-copied')).until('copied;');
        await stamped('copied', 'id-copied', ['handler', 'news', 'response finish']);
        expect(logged('copied').filter(({ msg }) => msg === 'handler')).to.have.length(2);
        wire.socket.destroy();
      });

      it('have its ID for Expect: 100-continue, and for another expectation', async () => {
        const wire = await Wire.open(port);
        wire.write(head('POST', '/?t=asked', 'id-asked', 'Content-Length: 4', 'Expect: 100-continue'));
        await wire.until('HTTP/1.1 100 Continue\r\n\r\n');
        const received = await wire.write('body').until('asked;');
        expect(received.match(/^correlation-id: .*(?=\r)/gim)).to.deep.equal(['Correlation-Id: id-asked']);
        await stamped('asked', 'id-asked', ['checkContinue', 'request end', 'response finish']);
        await wire.write(head('GET', '/?t=odd', 'id-odd', 'Expect: the-unexpected')).until('417');
        await stamped('odd', 'id-odd', ['checkExpectation', 'response finish']);
        wire.socket.destroy();
      });

      const TWICE = { again: 'response close', late: 'other server', lateown: 'other server', wrapped: 'other server', copiedtoo: 'news' };
      for (const [t, last] of Object.entries(TWICE)) {
        it(`of its connection are outside all requests behind a request that a server gets twice (${t})`, async () => {
          const wire = await Wire.open(port);
          wire.write(head('POST', `/${t}?t=${t}`, `id-${t}`, 'Content-Length: 4', ...(t === 'again' ? ['Expect: 100-continue'] : [])));
          if (t === 'again') await wire.until('HTTP/1.1 100 Continue\r\n\r\n');
          await wire.write('body').until(`${t};`);
          await stamped(t, `id-${t}`, ['handler', last]);
          await wire.write(head('GET', `/?t=behind${t}`, `id-behind-${t}`)).until(`behind${t};`);
          await stamped(`behind${t}`, `id-behind-${t}`, ['handler', 'response close']);
          const before = app.lines.length;
          await wire.write('no http at all\r\n\r\n').until('400');
          expect((await app.line((line) => line.msg === 'clientError' && app.lines.indexOf(line) >= before)).correlation_id).to.equal('Internal');
        });
      }

      it('have its ID on a WebSocket: its connection, its messages, its end', async () => {
        const sockets = ['one', 'two'].map((name) => new WebSocket(`ws://127.0.0.1:${port}/ws?t=ws${name}`, { headers: { 'Correlation-Id': `id-${name}` } }));
        await Promise.all(sockets.map((socket) => once(socket, 'open')));
        for (let round = 0; round < 3; round++) {
          const answers = sockets.map((socket) => once(socket, 'message'));
          for (const socket of sockets) socket.send('hello');
          await Promise.all(answers);
        }
        for (const socket of sockets) socket.close();
        for (const name of ['one', 'two']) {
          await stamped(`ws${name}`, `id-${name}`, ['connection', 'message', 'answering', 'socket close']);
          expect(logged(`ws${name}`).filter((line) => line.msg === 'message')).to.have.lengthOf(3);
        }
      });

      it('have a new ID on a WebSocket without an ID', async () => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?t=wsnone`);
        await once(socket, 'open');
        const { correlation_id: id, headers } = await app.line((line) => line['t'] === 'wsnone' && line.msg === 'connection');
        expect(id).to.match(/^[\da-f-]{36}$/);
        expect(headers).to.include({ 'correlation-id': id });
        socket.close();
        await stamped('wsnone', id as string, ['socket close']);
      });

      it('have its ID in a tunnel (CONNECT)', async () => {
        const wire = await Wire.open(port);
        await wire.write(head('CONNECT', 'target:1?t=tunnel', 'id-tunnel')).until('200 OK\r\n\r\n');
        await wire.write('through').until('through');
        await stamped('tunnel', 'id-tunnel', ['connect', 'tunnel data', 'tunnel close']);
      });

      it('run for the next request after bytes that are not a request', async () => {
        const before = app.lines.length;
        const wire = await Wire.open(port);
        await wire.write('no http at all\r\n\r\n').until('400');
        const { correlation_id: id } = await app.line((line) => line.msg === 'clientError' && app.lines.indexOf(line) >= before);
        expect(id).to.equal('Internal');
        const missing = await Wire.open(port);
        await missing.write('GET / HTTP/1.1\r\n\r\n').until('400'); // Node requires a Host header
        const response = await fetch(`http://127.0.0.1:${port}/?t=after`, { headers: { 'Correlation-Id': 'id-after' } });
        expect(response.headers.get('correlation-id')).to.equal('id-after');
        await stamped('after', 'id-after', ['handler', 'response finish']);
        expect(app.stderr).to.equal('');
      });
    });
  }

  it('are in the context of their request for an agent that looks at events without listeners', async () => {
    const tapped = App.start('servers/tapped.cjs');
    const wire = await Wire.open(await tapped.port());
    await wire.write([1, 2, 3].map((i) => head('GET', `/${i}`, `id-${i}`)).join('')).until('/3');
    for (const i of [2, 3]) expect((await tapped.line((line) => line['of'] === `/${i}`)).correlation_id).to.equal(`id-${i}`);
    wire.socket.destroy();
    await tapped.stop();
  });

  it('are caught by the domain of their request when they throw', async () => {
    const caught = App.start('servers/domain.cjs');
    const response = await fetch(`http://127.0.0.1:${await caught.port()}/`, { headers: { 'correlation-id': 'id-domain', connection: 'close' } });
    expect(await response.text()).to.equal('thrown');
    expect((await caught.line(({ msg }) => msg === 'caught')).correlation_id).to.equal('id-domain');
    await caught.stop();
  });

  it('of a request that an adapter simulates have an ID, with any headers, and those of other protocols have none', async () => {
    const made = App.start('servers/made-up.cjs');
    await made.line((line) => line.msg === 'end');
    const [message, object, without] = ['message', 'object', 'without'].map((msg) => made.lines.find((line) => line.msg === msg));
    expect(message).to.include({ correlation_id: 'made-up-1', header: 'made-up-1' });
    expect(object).to.include({ correlation_id: 'made-up-2', header: 'made-up-2' });
    expect(without?.correlation_id).to.match(/^[0-9a-f-]{36}$/).and.to.equal(without?.['header']);
    expect(made.lines.map((line) => line.msg)).to.include('frozen');
    expect(made.lines.find((line) => line.msg === 'other request')).to.include({ query: 1, correlation_id: 'Internal' });
    expect(made.lines.find((line) => line.msg === 'other stream')).to.include({ patched: false, correlation_id: 'Internal' });
    expect(await made.exited).to.deep.equal({ code: 0, signal: null });
  });
});

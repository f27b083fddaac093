import { expect } from 'chai';
import { once } from 'node:events';
import net from 'node:net';
import { App } from '../app';
import type { StartOptions } from '../app';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

/** Everything that a server answers to these bytes until it closes the connection, without the Date. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (piece: string) => void (text += piece));
  socket.on('error', () => undefined).write(bytes);
  await once(socket, 'close');
  return text.replace(/^Date: .*\r\n/gm, '');
}

const get = (url: string, id: string): string => `GET ${url} HTTP/1.1\r\nHost: a\r\nCorrelation-Id: ${id}\r\n\r\n`;
const CASES: Record<string, { bytes: string; answers: RegExp }> = {
  'a request whose headers do not come (408)': { bytes: 'GET / HTTP/1.1\r\nHost: a\r\nCorrelation-Id: slow-1\r\n', answers: /^HTTP\/1\.1 408 / },
  'a request whose body does not come (408)': { bytes: 'POST / HTTP/1.1\r\nHost: a\r\nCorrelation-Id: body-1\r\nContent-Length: 5\r\n\r\nab', answers: /^HTTP\/1\.1 408 / },
  'headers that are too long (431)': { bytes: `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(2000)}\r\n\r\n`, answers: /^HTTP\/1\.1 431 / },
  'no request at all (400)': { bytes: 'hello\r\n\r\n', answers: /^HTTP\/1\.1 400 / },
  'more requests than a connection may have (503)': { bytes: get('/1', 'many-1') + get('/2', 'many-2') + get('/3', 'many-3'), answers: /HTTP\/1\.1 503 / },
};

describe('a response that Node itself sends', () => {
  for (const args of [[], ['tells']]) {
    describe(args.length === 0 ? 'with no listener of client errors' : 'with one', () => {
      const apps: App[] = [];
      const start = async (options: StartOptions): Promise<number> => {
        const app = App.start('limits/app.cjs', { ...options, args });
        apps.push(app);
        return app.port();
      };
      let ports: [plain: number, ours: number];
      before(async () => void (ports = [await start({ preload: 'none' }), await start({})]));
      after(() => Promise.all(apps.map((app) => app.stop())));

      for (const [name, { bytes, answers }] of Object.entries(CASES)) {
        it(`is the same as without the preload, except for the ID of that request: ${name}`, async () => {
          const [plain, ours] = await Promise.all(ports.map((port) => exchange(port, bytes)));
          if (args.length === 0) expect(plain).to.match(answers);
          // Each response has the ID of its own request; none if Node did not recognise a request.
          const sent = [...bytes.matchAll(/^Correlation-Id: (.*)\r$/gm)].map(([, id]) => id);
          const returned = [...(ours as string).matchAll(/^Correlation-Id: (.*)\r$/gm)].map(([, id]) => id);
          for (const id of returned) expect(sent).to.include(id);
          expect(new Set(returned).size).to.equal(returned.length);
          expect((ours as string).replaceAll(/^Correlation-Id: .*\r\n/gm, '')).to.equal(plain);
        });
      }

      it('causes only log lines with the ID of that request', async () => {
        const [, app] = apps as [App, App];
        const dropped = await app.line((line) => line.msg === 'dropped' && line['url'] === '/3');
        expect(dropped.correlation_id).to.be.oneOf(['many-3', 'Internal']);
        for (const line of app.lines.filter((each) => /^\/\d$/.test(String(each['url'])))) expect(line.correlation_id).to.be.oneOf([`many-${String(line['url']).slice(1)}`, 'Internal']);
        for (const line of app.lines.filter((each) => each.msg === 'client error')) expect(line.correlation_id).to.match(new RegExp(`^(?:Internal|body-1|${UUID})$`));
      });
    });
  }
});

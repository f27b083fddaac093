import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { App, NODE } from '../app';
import type { Line, StartOptions } from '../app';
import { Client, values } from '../ask';
import type { Answer, Kind, Question } from '../ask';
import { CORE, QUICK } from '../breadth';

const HTTP: Kind[] = ['http', 'https'];
const HTTP2: Kind[] = ['http2', 'http2s'];

/** Every framework: its routes in fixtures/servers/routes, its package, and the kinds of servers that it supports. */
const FRAMEWORKS: Record<string, { routes: string; name: string; kinds: Kind[]; env?: StartOptions['env'] }> = {
  'no framework': { routes: 'none', name: '-', kinds: [...HTTP, ...HTTP2] },
  'http2 streams': { routes: 'stream', name: '-', kinds: HTTP2 },
  'express 4': { routes: 'express', name: 'express4', kinds: HTTP },
  'express 5': { routes: 'express', name: 'express', kinds: HTTP },
  'fastify 4': { routes: 'fastify', name: 'fastify4', kinds: [...HTTP, ...HTTP2] },
  'fastify 5': { routes: 'fastify', name: 'fastify', kinds: [...HTTP, ...HTTP2] },
  koa: { routes: 'koa', name: 'koa', kinds: [...HTTP, ...HTTP2] },
  // hapi sets a connection header over http2 too, and Node warns about that.
  hapi: { routes: 'hapi', name: '@hapi/hapi', kinds: [...HTTP, ...HTTP2], env: { NODE_NO_WARNINGS: '1' } },
  NestJS: { routes: 'nest', name: '@nestjs/core', kinds: HTTP },
};

const stripsTypes = execFileSync(NODE, ['-p', 'process.features.typescript'], { encoding: 'utf8' }).trim() === 'strip';
const MODULES: Record<string, { entry: string } & StartOptions> = {
  CommonJS: { entry: 'servers/app.cjs' },
  'ES module': { entry: 'servers/app.mjs', preload: 'import' },
  'TypeScript by tsx': { entry: 'servers/app.mts', nodeArgs: ['--import', pathToFileURL(require.resolve('tsx')).href] },
  ...(stripsTypes ? { 'TypeScript by Node': { entry: 'servers/app.mts' } } : {}),
};

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
let tokens = 100_000;

/** A running application, asked on all its servers. */
class Subject {
  private constructor(readonly app: App, private readonly client: Client, readonly ports: [Kind, number][]) {}

  static async start(framework: string, { entry, ...options }: { entry: string } & StartOptions): Promise<Subject> {
    const { routes, name, kinds, env } = FRAMEWORKS[framework] as (typeof FRAMEWORKS)[string];
    const app = App.start(entry, { ...options, env: { ...env, ...options.env }, args: [routes, name, ...kinds] });
    const ports = kinds.map(async (kind): Promise<[Kind, number]> => {
      const { port } = await app.line((line) => line.msg === 'listening' && line['kind'] === kind);
      return [kind, port as number];
    });
    const all = await Promise.all(ports);
    // A secure http2 server also answers http/1.1 clients.
    const secure = routes === 'stream' ? undefined : all.find(([kind]) => kind === 'http2s');
    return new Subject(app, new Client(), secure === undefined ? all : [...all, ['https', secure[1]]]);
  }

  /** Sends the same request to every server. Returns each response, and the lines for that request up to its access log. */
  ask(question: Question): Promise<{ kind: Kind; answer: Answer; lines: Line[] }[]> {
    return Promise.all(
      this.ports.map(async ([kind, port]) => {
        const t = `t${++tokens}`; // constant length, because a framework's 404 may repeat the path
        const answer = await this.client.ask(kind, port, { ...question, path: `${question.path}?t=${t}` });
        await this.app.line((line) => line['t'] === t && line.msg === 'finish');
        return { kind, answer, lines: this.app.lines.filter((line) => line['t'] === t) };
      }),
    );
  }

  /** The same, and checks the ID in the echo and on each line; returns the IDs. */
  async carried(question: Question, { id, status = 200 }: { id?: string; status?: number } = {}): Promise<{ id: string; answer: Answer; lines: Line[] }[]> {
    const all = await this.ask(question);
    return all.map(({ kind, answer, lines }) => {
      const [echoed, ...more] = values(answer, 'correlation-id');
      expect(answer.status, kind).to.equal(status);
      expect(more, `${kind}: a second header`).to.deep.equal([]);
      if (id === undefined) expect(echoed, kind).to.match(UUID);
      else expect(echoed, kind).to.equal(id);
      expect(lines.map((line) => line.msg), kind).to.include.members(['handler', 'finish']);
      for (const line of lines) expect(line.correlation_id, `${kind}: ${JSON.stringify(line)}`).to.equal(echoed);
      return { id: echoed as string, answer, lines };
    });
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.app.stop();
  }
}

/** Starts the next application while the current one is tested, to save time. */
class Starts {
  private readonly started = new Map<number, Promise<Subject>>();
  constructor(private readonly all: (() => Promise<Subject>)[]) {}

  async take(i: number): Promise<Subject> {
    this.start(i + 1)?.catch(() => undefined); // reported where it is awaited
    return this.start(i) as Promise<Subject>;
  }

  private start(i: number): Promise<Subject> | undefined {
    const make = this.all[i];
    if (make !== undefined && !this.started.has(i)) this.started.set(i, make());
    return this.started.get(i);
  }
}

/** Tests a setting in the environment, each in a separate process. */
async function told(env: Record<string, string>, framework: string, check: (subject: Subject) => Promise<void>): Promise<void> {
  const subject = await Subject.start(framework, { entry: 'servers/app.cjs', env });
  try {
    await check(subject);
  } finally {
    await subject.stop();
  }
}

const id = 'client.id_1~:/+=@#-';
const get = (path: string, headers: Record<string, string | string[]> = {}): Question => ({ path, headers });
// The version matrix tests fewer applications.
const modules = CORE ? ['CommonJS', 'ES module'] : Object.keys(MODULES);
const frameworks = CORE ? ['no framework', 'http2 streams', 'express 5', 'fastify 5'] : Object.keys(FRAMEWORKS);
const combinations = modules
  .flatMap((module) => frameworks.map((framework) => ({ module, framework })))
  .filter(({ module, framework }) => !QUICK || module === 'CommonJS' || framework === 'no framework');
const starts = new Starts(
  combinations.map(({ module, framework }) => () => Subject.start(framework, MODULES[module] as (typeof MODULES)[string])),
);

describe('server contract', () => {
  combinations.forEach(({ module, framework }, i) => {
    describe(`${framework}, ${module}`, () => {
      const { routes } = FRAMEWORKS[framework] as (typeof FRAMEWORKS)[string];
      const streams = routes === 'stream';
      let subject: Subject;
      before(async () => void (subject = await starts.take(i)));
      after(() => subject.stop());

      it('keeps an acceptable ID: in the echo, on every line, and in what the application reads', async () => {
        for (const { lines } of await subject.carried(get('/plain', { 'Correlation-Id': id }), { id })) {
          expect(lines.map((line) => line.msg)).to.deep.equal(['handler', 'later', 'finish']);
          expect(lines[0]?.['headers']).to.include({ 'correlation-id': id });
        }
      });

      it('creates an ID for a request without one, and shows it to the application', async () => {
        const all = await subject.carried(get('/plain'));
        for (const { id, lines } of all) expect(lines[0]?.['headers']).to.include({ 'correlation-id': id });
        expect(new Set(all.map(({ id }) => id)).size).to.equal(all.length);
      });

      for (const [what, value] of Object.entries({
        'a space': 'a b',
        'a quote': 'a"b',
        'a backslash': 'a\\b',
        'bytes of UTF-8': Buffer.from('ä').toString('latin1'),
        '129 characters': 'x'.repeat(129),
        'nothing in it': '',
        'a bad ID ahead of a good one': ['a b', 'good'],
      })) {
        it(`replaces an ID with ${what}`, async () => {
          for (const { id, lines } of await subject.carried(get('/plain', { 'Correlation-Id': value }))) {
            expect(lines[0]?.['headers']).to.include({ 'correlation-id': id });
          }
        });
      }

      it('keeps an ID of 128 characters', () => subject.carried(get('/plain', { 'Correlation-Id': 'x'.repeat(128) }), { id: 'x'.repeat(128) }));
      it('keeps the first of two', () => subject.carried(get('/plain', { 'Correlation-Id': ['first', 'second'] }), { id: 'first' }));
      it('uses the ID in the baggage', () =>
        subject.carried(get('/plain', { baggage: 'k=v,correlation.id=from-baggage;p=1' }), { id: 'from-baggage' }));
      it('prefers the header to the baggage', () =>
        subject.carried(get('/plain', { 'Correlation-Id': id, baggage: 'correlation.id=from-baggage' }), { id }));

      for (const status of [204, 304, 500]) {
        it(`returns it with ${status}`, () => subject.carried(get(`/status/${status}`, { 'Correlation-Id': id }), { id, status }));
      }
      it('returns it with 404 for an unknown path', () =>
        subject.carried(get('/missing', { 'Correlation-Id': id }), { id, status: 404 }));

      it('returns it if the handler throws, and stamps the line about the error', async () => {
        for (const { lines } of await subject.carried(get('/throws', { 'Correlation-Id': id }), { id, status: 500 })) {
          const [{ t, reqId }] = lines as [Line];
          const failed = await subject.app.line((line) => line['err' in line ? 'reqId' : 't'] === (reqId ?? t) && JSON.stringify(line).includes('thrown by'));
          expect(failed.correlation_id).to.equal(id);
        }
      });

      it('returns it with a streamed body, and stamps the lines written during the stream', async () => {
        for (const { answer, lines } of await subject.carried(get('/stream', { 'Correlation-Id': id }), { id })) {
          expect(answer.text).to.equal('onetwo');
          expect(lines.map((line) => line.msg)).to.deep.equal(['handler', 'chunk', 'chunk', 'finish']);
        }
      });

      it('stamps the lines written while and after a body is read', async () => {
        const headers = { 'Correlation-Id': id, 'Content-Type': 'application/json' };
        for (const { lines } of await subject.carried({ path: '/body', method: 'POST', headers, body: '{"a":1}' }, { id })) {
          expect(lines.map((line) => line.msg)).to.include('end');
        }
      });

      for (const shape of streams ? ['object'] : ['object', 'flat', 'pairs']) {
        it(`returns it with headers passed to writeHead as ${shape === 'object' ? 'an object' : `an array, ${shape}`}`, async () => {
          for (const { answer } of await subject.carried(get(`/head/${shape}`, { 'Correlation-Id': id }), { id })) {
            expect(values(answer, 'set-cookie')).to.deep.equal(['a=1', 'b=2']);
            expect(values(answer, 'x-shape')).to.deep.equal([shape]);
          }
        });
      }

      for (const path of routes === 'none' ? ['/own', '/own-head'] : ['/own']) {
        it(`lets the application's own header win (${path})`, async () => {
          for (const { kind, answer } of await subject.ask(get(path, { 'Correlation-Id': id }))) {
            expect(values(answer, 'correlation-id'), kind).to.deep.equal(['app-own']);
          }
        });
      }

      if (!streams) {
        it('leaves the header out if the application removes it', async () => {
          for (const { kind, answer, lines } of await subject.ask(get('/removed', { 'Correlation-Id': id }))) {
            expect(values(answer, 'correlation-id'), kind).to.deep.equal([]);
            for (const line of lines) expect(line.correlation_id, kind).to.equal(id);
          }
        });
      }

      it('does not expose the header', async () => {
        for (const { kind, answer } of await subject.ask(get('/exposed'))) {
          expect(values(answer, 'access-control-expose-headers'), kind).to.deep.equal(['X-Total']);
        }
      });

      if (routes === 'fastify') {
        it('stamps the lines that fastify itself writes', async () => {
          for (const { lines } of await subject.carried(get('/plain', { 'Correlation-Id': id }), { id })) {
            const { reqId } = lines[0] as Line;
            const done = await subject.app.line((line) => line['reqId'] === reqId && line.msg === 'request completed');
            expect(done.correlation_id).to.equal(id);
          }
        });
      }

      it("writes 'Internal' outside a request, and nothing on stderr", () => {
        const outside = subject.app.lines.filter((line) => line.msg === 'listening');
        expect(outside.map((line) => line.correlation_id)).to.deep.equal(outside.map(() => 'Internal'));
        expect(subject.app.stderr).to.equal('');
      });
    });
  });

  for (const framework of ['no framework', 'http2 streams', 'fastify 5']) {
    describe(`${framework}, configured by the environment`, () => {
      it('reads and returns another header, and reads aliases in their order', () =>
        told({ CORR_HEADER: 'X-Trace-Ref', CORR_ALIASES: 'X-Request-Id, X-Correlation-Id' }, framework, async (subject) => {
          const asked: [Record<string, string>, string][] = [
            [{ 'X-Trace-Ref': 'main', 'X-Request-Id': 'alias' }, 'main'],
            [{ 'X-Correlation-Id': 'second', 'X-Request-Id': 'first' }, 'first'],
            [{ 'X-Correlation-Id': 'second', 'X-Request-Id': 'not good' }, 'second'],
            [{ 'X-Trace-Ref': 'not good', 'X-Correlation-Id': 'second' }, 'second'],
            [{ 'X-Correlation-Id': 'second', baggage: 'correlation.id=third' }, 'second'],
          ];
          for (const [headers, expected] of asked) {
            for (const { kind, answer, lines } of await subject.ask(get('/plain', { 'Correlation-Id': 'nobody-reads', ...headers }))) {
              const what = `${kind} ${JSON.stringify(headers)}`;
              expect(values(answer, 'x-trace-ref'), what).to.deep.equal([expected]);
              expect(values(answer, 'correlation-id'), what).to.deep.equal([]);
              expect(lines[0]?.['headers'], what).to.include({ 'x-trace-ref': expected });
              for (const line of lines) expect(line.correlation_id, what).to.equal(expected);
            }
          }
        }));

      it('exposes the header to scripts from other origins, beside the headers that the application exposes', () =>
        told({ CORR_EXPOSE: 'true' }, framework, async (subject) => {
          const exposed = async (path: string): Promise<string[][]> =>
            (await subject.ask(get(path))).map(({ answer }) => values(answer, 'access-control-expose-headers'));
          for (const fields of await exposed('/plain')) expect(fields).to.deep.equal(['Correlation-Id']);
          for (const fields of await exposed('/exposed')) expect(fields).to.deep.equal(['X-Total, Correlation-Id']);
          if (framework === 'no framework') {
            for (const fields of await exposed('/exposed-head')) expect(fields).to.deep.equal(['X-Total, Correlation-Id']);
          }
        }));

      it('returns no header, and trusts no header', () =>
        told({ CORR_ECHO: 'false', CORR_TRUST_INCOMING: 'false' }, framework, async (subject) => {
          const sent = { 'Correlation-Id': id, baggage: 'correlation.id=from-baggage' };
          for (const { kind, answer, lines } of await subject.ask(get('/plain', sent))) {
            expect(values(answer, 'correlation-id'), kind).to.deep.equal([]);
            expect(lines[0]?.correlation_id, kind).to.match(UUID);
            expect(lines[0]?.['headers'], kind).to.include({ 'correlation-id': lines[0]?.correlation_id });
            for (const line of lines) expect(line.correlation_id, kind).to.equal(lines[0]?.correlation_id);
          }
        }));

      it('answers as it does without the preload, except for the one header', () =>
        told({}, framework, async (subject) => {
          const plain = await Subject.start(framework, { entry: 'servers/app.cjs', preload: 'none' });
          try {
            const paths = ['/plain', '/stream', '/throws', '/missing', '/exposed', '/head/object', '/head/flat', '/head/pairs', '/file'];
            for (const path of [...paths, ...[204, 304, 500].map((status) => `/status/${status}`)]) {
              const bare = ({ fields, status, text }: Answer): object => ({
                status,
                text: text.replace(/t=t\d+/, 't=token'),
                fields: fields.filter(([name]) => name !== 'correlation-id').map(([name, value]) => (name === 'date' ? [name] : [name, value])),
              });
              const [ours, theirs] = [await subject.ask(get(path)), await plain.ask(get(path))];
              expect(ours.map(({ answer }) => bare(answer)), path).to.deep.equal(theirs.map(({ answer }) => bare(answer)));
              for (const { answer } of ours) expect(values(answer, 'correlation-id'), path).to.have.lengthOf(1);
            }
          } finally {
            await plain.stop();
          }
        }));
    });
  }
});

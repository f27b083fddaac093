import { expect } from 'chai';
import http from 'node:http';
import { configurationFrom, takeFromPm2 } from '../../packages/auto-register/src/environment';
import { App } from '../app';
import type { Exit, StartOptions } from '../app';
import { itInFull } from '../breadth';
import { Recorder } from '../recorder';
import type { Recorded } from '../recorder';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CARRY_ONLY = process.env['TEST_CORR_MODE'] !== 'trace';

/** A server that makes one call to a recorder for each request. */
class Served {
  private constructor(
    readonly app: App,
    private readonly recorder: Recorder,
  ) {}

  static async start(env: NonNullable<StartOptions['env']>): Promise<Served> {
    const recorder = await Recorder.start();
    return new Served(App.start('environment/server.cjs', { env, args: [recorder.addresses.http] }), recorder);
  }

  async request(headers: Record<string, string | string[]> = {}): Promise<{ response: http.IncomingMessage; hop: Recorded; line: Record<string, unknown> }> {
    const port = await this.app.port();
    const before = this.app.lines.length;
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get({ host: '127.0.0.1', port, path: '/hop', agent: false, headers }, resolve).on('error', reject);
    });
    await new Promise((ended) => response.resume().on('end', ended));
    const line = await this.app.line((candidate) => candidate.msg === 'request' && this.app.lines.indexOf(candidate) >= before);
    return { response, hop: this.recorder.take()[0] as Recorded, line };
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await this.recorder.stop();
  }
}

describe('environment', () => {
  describe('names, limits and labels other than the defaults', () => {
    let served: Served;

    before(async () => {
      served = await Served.start({
        CORR_HEADER: 'X-Trace-Me',
        CORR_ALIASES: 'X-Request-Id, X-Correlation-Id',
        CORR_EXPOSE: 'true',
        CORR_MAX_LENGTH: '40',
        CORR_LOG_KEY: 'cid',
        CORR_INTERNAL_LABEL: 'System',
        CORR_PROPAGATE_TO: '127.0.0.1',
      });
    });

    after(() => served.stop());

    it('CORR_HEADER is read, sent and echoed, and Correlation-Id is not', async () => {
      const { response, hop, line } = await served.request({ 'x-trace-me': 'client-1', 'correlation-id': 'other' });
      expect(response.rawHeaders[response.rawHeaders.indexOf('X-Trace-Me') + 1]).to.equal('client-1');
      expect(response.headers).not.to.have.property('correlation-id');
      expect([hop.all('x-trace-me'), hop.all('correlation-id')]).to.deep.equal([['client-1'], []]);
      expect(line).to.include({ cid: 'client-1' });
    });

    it('CORR_ALIASES are read in order, after the header', async () => {
      expect((await served.request({ 'x-correlation-id': 'second', 'x-request-id': 'first' })).line).to.include({ cid: 'first' });
      expect((await served.request({ 'x-correlation-id': 'second', 'x-request-id': 'not good' })).line).to.include({ cid: 'second' });
      expect((await served.request({ 'x-request-id': 'first', 'x-trace-me': 'main' })).line).to.include({ cid: 'main' });
    });

    it('CORR_EXPOSE exposes the header to scripts from other origins', async () => {
      expect((await served.request()).response.headers['access-control-expose-headers']).to.equal('X-Trace-Me');
    });

    it('CORR_MAX_LENGTH is the longest ID that is kept', async () => {
      expect((await served.request({ 'x-trace-me': 'a'.repeat(40) })).line).to.include({ cid: 'a'.repeat(40) });
      expect((await served.request({ 'x-trace-me': 'a'.repeat(41) })).line['cid']).to.match(UUID);
    });

    it('CORR_LOG_KEY and CORR_INTERNAL_LABEL name the field and its value outside a request', async () => {
      const line = await served.app.line(({ msg }) => msg === 'listening');
      expect(line).to.include({ cid: 'System' }).and.not.have.property('correlation_id');
    });

    it('nothing is printed', () => {
      expect(served.app.stderr + served.app.other).to.equal('');
    });
  });

  describe('a public edge', () => {
    let served: Served;

    before(async () => {
      served = await Served.start({ CORR_TRUST_INCOMING: 'FALSE', CORR_ECHO: '0', CORR_INTERNAL_LABEL: '', CORR_PROPAGATE_TO: 'other.test' });
    });

    after(() => served.stop());

    it('CORR_TRUST_INCOMING=false creates an ID for every request', async () => {
      expect((await served.request({ 'correlation-id': 'client-1' })).line['correlation_id']).to.match(UUID);
    });

    it('CORR_ECHO=false keeps the ID out of the response', async () => {
      expect((await served.request()).response.headers).not.to.have.property('correlation-id');
    });

    it('CORR_PROPAGATE_TO keeps the ID from other hosts', async () => {
      expect((await served.request()).hop.all('correlation-id')).to.deep.equal([]);
    });

    it('an empty CORR_INTERNAL_LABEL leaves the field out outside a request', async () => {
      expect(await served.app.line(({ msg }) => msg === 'listening')).not.to.have.property('correlation_id');
      expect(served.app.stderr + served.app.other).to.equal('');
    });
  });

  it('CORR_MODE=carry starts no telemetry, even if OTEL_* variables ask for it', async () => {
    const served = await Served.start({ CORR_MODE: 'carry', OTEL_TRACES_EXPORTER: 'console' });
    try {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const { hop, line } = await served.request({ traceparent });
      expect(hop.all('traceparent')).to.deep.equal([]);
      expect(hop.all('correlation-id')).to.have.length(1);
      expect(line).not.to.have.property('trace_id');
      expect(served.app.stderr + served.app.other).to.equal('');
    } finally {
      await served.stop();
    }
  });

  it('a blank variable counts as unset', async () => {
    const blank = ['CORR_HEADER', 'CORR_ALIASES', 'CORR_TRUST_INCOMING', 'CORR_ECHO', 'CORR_EXPOSE', 'CORR_MAX_LENGTH', 'CORR_LOG_KEY', 'CORR_PROPAGATE_TO', 'CORRELATION_ID'];
    const served = await Served.start(Object.fromEntries(blank.map((name) => [name, ' '])));
    try {
      const { response, hop, line } = await served.request({ 'correlation-id': 'client-1' });
      expect(response.headers).to.include({ 'correlation-id': 'client-1' }).and.not.have.property('access-control-expose-headers');
      expect(hop.all('correlation-id')).to.deep.equal(['client-1']);
      expect(line).to.include({ correlation_id: 'client-1' });
      expect(await served.app.line(({ msg }) => msg === 'listening')).to.include({ correlation_id: 'Internal' });
      expect(served.app.stderr + served.app.other).to.equal('');
    } finally {
      await served.stop();
    }
  });

  const BAD = {
    CORR_HEADER: ['two words', 'Correlation-Id'],
    CORR_ALIASES: ['X-Request-Id,two words', 'none'],
    CORR_TRUST_INCOMING: ['perhaps', 'false'],
    CORR_ECHO: ['yes', 'true'],
    CORR_EXPOSE: ['2', 'false'],
    CORR_MAX_LENGTH: ['ten', '128'],
    CORR_GENERATOR: ['guid', 'uuid'],
    CORR_LOG_KEY: ['time', 'correlation_id'],
    CORR_RELAY: ['everything', 'none'],
    CORRELATION_ID: ['two words', 'none'],
  } as const;

  it('a bad variable causes one line on stderr with its problem and the value used instead, and the application serves requests', async () => {
    const served = await Served.start(Object.fromEntries(Object.entries(BAD).map(([name, [value]]) => [name, value])));
    try {
      const { response, hop, line } = await served.request({ 'correlation-id': 'client-1' });
      // CORR_TRUST_INCOMING is invalid, so no received ID is trusted.
      const id = response.headers['correlation-id'] as string;
      expect(id).to.match(/^[0-9a-f-]{36}$/);
      expect(response.headers).not.to.have.property('access-control-expose-headers');
      expect(hop.all('correlation-id')).to.deep.equal([id]);
      expect(line).to.include({ correlation_id: id });
      const warnings = served.app.stderr.trimEnd().split('\n');
      expect(warnings).to.have.length(Object.keys(BAD).length);
      for (const [index, [name, [value, fallback]]] of Object.entries(BAD).entries()) {
        const shown = name === 'CORRELATION_ID' ? name : `${name}=${JSON.stringify(value)}`;
        expect(warnings[index]).to.match(/: expected .+; using /);
        expect(warnings[index]?.startsWith(`[@corr/auto-register] ${shown}: expected `), warnings[index]).to.equal(true);
        expect(warnings[index]?.endsWith(`; using ${fallback}`), warnings[index]).to.equal(true);
      }
      expect(served.app.other).to.equal('');
    } finally {
      await served.stop();
    }
  });

  for (const [name, values] of Object.entries({
    CORR_HEADER: ['Content-Length', 'transfer-encoding', 'Set-Cookie', 'Host', 'traceparent', 'Authorization', 'baggage', 'Correlation Id', 'Correlation-Id:', 'Größe', 'a\r\nb'],
    CORR_ALIASES: ['a b', 'a,b c', 'a;b'],
    CORR_ECHO: ['on', 'off'],
    CORR_EXPOSE: ['*', 'all'],
    CORR_MAX_LENGTH: ['0', '-1', '35', '4097', '64.5', 'NaN', 'Infinity', '128 characters'],
    CORR_GENERATOR: ['uuid4', 'toString'],
    CORR_LOG_KEY: ['time', 'msg', 'pid', 'trace_id', '__proto__'],
    CORR_RELAY: ['*', 'traceparent', 'baggage,cookie'],
    CORR_CHARACTERS: ['a-z', '['],
    CORR_MODE: ['off', 'carry,trace', 'on'],
    CORRELATION_ID: ['a b', 'a,b', 'a\nb', 'ä', '"', 'x'.repeat(129)],
  })) {
    it(`${name} rejects ${values.map((value) => JSON.stringify(value.slice(0, 20))).join(' ')}`, () => {
      const { configuration: unset } = configurationFrom({});
      for (const value of values) {
        const { configuration, warnings } = configurationFrom({ [name]: value });
        expect(warnings, value).to.have.length(1);
        expect(warnings[0], value).to.match(new RegExp(`^${name}.*: expected [^\\n]+; using [^\\n]+$`));
        expect(configuration, value).to.deep.equal(unset);
      }
    });
  }
});

describe('security controls in the environment', () => {
  it('trust no incoming ID if CORR_TRUST_INCOMING has a bad value', () => {
    for (const value of ['yes', 'no', 'truefalse', '-1', 'False!']) {
      const { configuration, warnings } = configurationFrom({ CORR_TRUST_INCOMING: value });
      expect(configuration.carriers).to.deep.equal({ trustIncoming: false });
      expect(warnings).to.deep.equal([`CORR_TRUST_INCOMING=${JSON.stringify(value)}: expected true or false; using false`]);
    }
  });

  for (const [value, propagateTo, says] of [
    ['10.0.0.0/8, *.internal', ['10.0.0.0/8', '*.internal'], undefined],
    ['*,!api.partner.example', ['*', '!api.partner.example'], undefined],
    ['http://orders/', [], '"http://orders/" matches no host'],
    ['localhost,[::1', ['localhost'], '"[::1" matches no host'],
    ['*,!http://partner/', [], 'no host gets the ID, because an excluded host cannot be read'],
  ] as const) {
    it(`give the ID only to hosts that CORR_PROPAGATE_TO=${value} names`, () => {
      const { configuration, warnings } = configurationFrom({ CORR_PROPAGATE_TO: value });
      expect(configuration.carriers.propagateTo).to.deep.equal(propagateTo);
      if (says === undefined) expect(warnings).to.deep.equal([]);
      else expect(warnings.join()).to.match(/^CORR_PROPAGATE_TO=.*: expected /).and.satisfy((line: string) => line.endsWith(`; ${says}`));
    });
  }

  it('cause a warning if their name is unknown, with the nearest known name', () => {
    expect(configurationFrom({ CORR_TRUST_INCOMMING: 'false', CORR_PROPAGATE: 'x', CORRELATION_IDS: 'x' }).warnings).to.deep.equal([
      'CORR_TRUST_INCOMMING: unknown variable; did you mean CORR_TRUST_INCOMING?',
      'CORR_PROPAGATE: unknown variable; did you mean CORR_PROPAGATE_TO?',
      'CORRELATION_IDS: unknown variable; did you mean CORRELATION_ID?',
    ]);
  });
});

describe('pm2 in cluster mode', () => {
  it('sets our variables that the process itself does not have, and no others', () => {
    const env = { CORR_HEADER: 'X-Own', pm2_env: JSON.stringify({ CORR_HEADER: 'X-Theirs', CORR_ECHO: 'false', OTEL_TRACES_EXPORTER: 'otlp', PATH: '/x', CORR_MODE: 1 }) };
    takeFromPm2(env);
    expect(env).to.deep.include({ CORR_HEADER: 'X-Own', CORR_ECHO: 'false', OTEL_TRACES_EXPORTER: 'otlp' }).and.not.have.any.keys('PATH', 'CORR_MODE');
    for (const odd of ['', '{', 'null', '7']) expect(() => takeFromPm2({ pm2_env: odd })).not.to.throw();
  });
});

describe('process end', () => {
  /** Each is like one that `npm test` runs. */
  const ALIKE = ['a server that was closed', 'process.exitCode = 4', 'an unhandled rejection under --unhandled-rejections=warn', 'an unhandledRejection handler', 'SIGINT', 'SIGHUP'];
  const ENDINGS: Record<string, Partial<Exit> & { nodeArgs?: string[]; signal?: NodeJS.Signals; says?: string; stderr?: RegExp }> = {
    'nothing left to do': { code: 0 },
    'a server that was closed': { code: 0 },
    'process.exit(3)': { code: 3 },
    'process.exitCode = 4': { code: 4 },
    'an uncaught exception': { code: 1, stderr: /^Error: boom$/m },
    'an unhandled rejection': { code: 1, stderr: /Error: boom$/m },
    'an unhandled rejection under --unhandled-rejections=warn': { code: 0, nodeArgs: ['--unhandled-rejections=warn'], stderr: /UnhandledPromiseRejectionWarning/ },
    'an uncaughtException handler': { code: 5, says: 'boom' },
    'an unhandledRejection handler': { code: 0, says: 'boom' },
    SIGTERM: { code: null, signal: 'SIGTERM' },
    SIGINT: { code: null, signal: 'SIGINT' },
    SIGHUP: { code: null, signal: 'SIGHUP' },
    'SIGTERM with a handler': { code: 6 },
  };

  /** Runs an ending until the process ends. */
  async function ended(ending: string, preload: 'require' | 'none', nodeArgs: string[] = []): Promise<{ app: App; exit: Exit }> {
    const app = App.start('environment/ending.cjs', { preload, nodeArgs, args: [ending] });
    const signal = /^SIG\w+/.exec(ending)?.[0] as NodeJS.Signals | undefined;
    if (signal !== undefined) {
      await app.line(({ msg }) => msg === 'ready');
      app.process.kill(signal);
    }
    return { app, exit: await app.exited };
  }

  for (const [ending, { code = null, signal = null, nodeArgs, says, stderr = /^$/ }] of Object.entries(ENDINGS)) {
    (ALIKE.includes(ending) ? itInFull : it)(`${ending} ends it as without the preload: ${signal ?? `code ${code}`}`, async () => {
      const [ours, bare] = await Promise.all([ended(ending, 'require', nodeArgs), ended(ending, 'none', nodeArgs)]);
      expect(ours.exit).to.deep.equal({ code, signal });
      expect(bare.exit).to.deep.equal({ code, signal });
      expect(ours.app.stderr).to.match(stderr);
      expect(bare.app.stderr).to.match(stderr);
      expect(ours.app.stdout).to.equal(bare.app.stdout);
      if (says !== undefined) expect(ours.app.lines).to.deep.equal([{ msg: says }]);
    });
  }

  if (CARRY_ONLY) {
    describe('carry mode only', () => {
      it('has the same listeners and active resources as without the preload', async () => {
        const ending = 'what is alive and listened for';
        const [ours, bare] = await Promise.all([ended(ending, 'require'), ended(ending, 'none')]);
        expect(ours.app.lines[0]).to.have.keys('msg', 'listeners', 'resources');
        expect(ours.app.lines).to.deep.equal(bare.app.lines);
      });
    });
  }
});

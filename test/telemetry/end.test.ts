import { expect } from 'chai';
import type { Exit, StartOptions } from '../app';
import { Apps } from './apps';
import { Receiver } from './receiver';
import { describeInFull, itFrom, itInFull } from '../breadth';

interface End {
  exit: Exit;
  said: (string | undefined)[];
  stderr: string;
}

/** Stack frames of Node, and of code between Node and the application. */
const INNER_FRAMES = /^ {4}at (?!.*ending\.cjs).*\n/gm;

type Signal = 'SIGTERM' | 'SIGINT';

const apps = new Apps();

/** Runs an app until it ends; it gets the signal each time it writes one of these. */
async function run(way: string, signal: Signal | undefined, options: StartOptions, again: string[] = []): Promise<End> {
  const app = apps.startWith('ending.cjs', { ...options, args: [way, ...(signal === undefined ? [] : [signal])] });
  for (const [times, msg] of signal === undefined ? [] : ['ready', ...again].entries()) {
    await app.line((line) => line.msg === msg && app.lines.length > times);
    app.process.kill(signal as Signal);
  }
  const exit = await app.exited;
  return { exit, said: app.lines.map(({ msg }) => msg), stderr: app.stderr.replace(INNER_FRAMES, '') };
}

describe('telemetry at the end of a process', () => {
  afterEach(() => apps.stop());

  const ENDS: [way: string, signal: Signal | undefined, exit: Exit, again?: string[]][] = [
    ['by itself', undefined, { code: 0, signal: null }],
    ['of the signal', 'SIGTERM', { code: null, signal: 'SIGTERM' }],
    ['with an exit code', undefined, { code: 5, signal: null }],
    ['with listeners of its end', undefined, { code: 0, signal: null }],
    ['of the signal', 'SIGINT', { code: null, signal: 'SIGINT' }],
    ['when a handler closes the server', 'SIGTERM', { code: 0, signal: null }],
    ['when a handler exits', 'SIGINT', { code: 3, signal: null }],
    ['when a handler exits later', 'SIGTERM', { code: 4, signal: null }],
    ['when a handler throws', 'SIGTERM', { code: 1, signal: null }],
    ['when a handler sends the signal again', 'SIGTERM', { code: null, signal: 'SIGTERM' }],
    ['with signal-exit 3', 'SIGTERM', { code: null, signal: 'SIGTERM' }],
    ['with signal-exit 4', 'SIGINT', { code: null, signal: 'SIGINT' }],
    ['after a signal that a handler ignores', 'SIGTERM', { code: 0, signal: null }, ['ignored SIGTERM 15 of 1']],
  ];
  for (const [position, [way, signal, exit, again]] of ENDS.entries()) {
    itFrom(position, 2)(`arrives, and the process ends as without us, ${way}${signal === undefined ? '' : ` (${signal})`}`, async () => {
      const receiver = await Receiver.start();
      try {
        const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` };
        const [bare, traced] = await Promise.all([run(way, signal, { preload: 'none' }, again), run(way, signal, { env }, again)]);
        expect(bare.exit).to.deep.equal(exit);
        expect(traced).to.deep.equal(bare);
        expect(receiver.spans.map(({ kind }) => kind)).to.have.members(['client', 'server']);
      } finally {
        await receiver.stop();
      }
    });
  }

  for (const way of ['of an exception', 'of a rejection']) {
    itInFull(`does not change the end of a process ${way}`, async () => {
      const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
      const [bare, traced] = await Promise.all([run(way, undefined, { preload: 'none' }), run(way, undefined, { env })]);
      expect(bare.exit).to.deep.equal({ code: 1, signal: null });
      expect(traced).to.deep.equal(bare);
    });
  }

  describeInFull('with a collector that accepts and never answers', () => {
    // The exporter would wait this long, but the process does not.
    const patient = { OTEL_EXPORTER_OTLP_TIMEOUT: '600000', OTEL_BSP_EXPORT_TIMEOUT: '600000' };
    let mute: Receiver;

    before(async () => {
      mute = await Receiver.start({ mute: true });
    });

    after(() => mute.stop());

    it('delays the process for three seconds at most, and does not change its end', async () => {
      const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${mute.url}/v1/traces`, ...patient };
      const ends = await Promise.all([
        run('with an exit code', undefined, { env }),
        run('of the signal', 'SIGTERM', { env }),
        run('when a handler exits', 'SIGINT', { env }),
        run('when a handler closes the server', 'SIGTERM', { env }),
      ]);
      expect(ends.map(({ exit }) => exit)).to.deep.equal([
        { code: 5, signal: null },
        { code: null, signal: 'SIGTERM' },
        { code: 3, signal: null },
        { code: 0, signal: null },
      ]);
      expect(mute.spans).to.have.length.at.least(8);
    });

    it('lets a second signal end the process at once', async () => {
      const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${mute.url}/v1/traces`, ...patient };
      const app = apps.start('ending.cjs', env, 'of the signal', 'SIGINT');
      await app.line((line) => line.msg === 'ready');
      const before = mute.requests.length;
      app.process.kill('SIGINT');
      await mute.until(({ requests }) => requests.length > before); // the flush is in progress
      app.process.kill('SIGINT');
      expect(await app.exited).to.deep.equal({ code: null, signal: 'SIGINT' });
    });
  });

  it('adds no listener of a signal or of the end in carry mode', async () => {
    const app = apps.start('ending.cjs', {}, 'and counts the listeners');
    expect((await app.line((line) => line.msg === 'listeners'))['counts']).to.deep.equal([0, 0, 0, 0]);
  });
});

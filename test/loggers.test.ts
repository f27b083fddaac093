import { expect } from 'chai';
import { App, PRELOAD } from './app';
import type { StartOptions } from './app';
import { itFrom } from './breadth';
import { strictJson } from './strict-json';
import { Receiver } from './telemetry/receiver';

const LOADED_BEFORE = ['winston', 'bunyan', 'log4js', 'consola'].flatMap((name) => ['-r', require.resolve(name)]);

describe('winston, bunyan, log4js and consola in real processes', () => {
  let receiver: Receiver;
  before(async () => void (receiver = await Receiver.start()));
  after(() => receiver.stop());

  const ways: Record<string, StartOptions> = {
    'by -r': { preload: 'require' },
    'in trace mode': { env: { OTEL_TRACES_EXPORTER: 'otlp' } },
    'by --import': { preload: 'import' },
    'after an earlier preload that has loaded them': { preload: 'none', nodeArgs: [...LOADED_BEFORE, '-r', PRELOAD] },
  };
  for (const [position, [way, options]] of Object.entries(ways).entries()) {
    itFrom(position, 2)(`are stamped in several versions at once, required and imported, with the preload ${way}`, async () => {
      const env = options.env === undefined ? {} : { ...options.env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` };
      const app = App.start('loggers/all.mjs', { ...options, env });
      try {
        expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
        const lines = app.stdout.trim().split('\n').map(strictJson);
        for (const [place, id] of [['outside', 'Internal'], ['inside', 'client-1']] as const) {
          const stamped = lines.filter((line) => line['place'] === place).map((line) => [line['logger'], line['correlation_id']]);
          expect(stamped).to.have.lengthOf(16);
          expect(stamped).to.deep.equal(stamped.map(([logger]) => [logger, id]));
        }
        const spans = lines.filter((line) => 'trace_id' in line).map((line) => line['place']);
        expect(spans).to.deep.equal(way === 'in trace mode' ? Array(16).fill('inside') : []);
        expect(app.stderr).to.equal('');
      } finally {
        await app.stop();
      }
    });
  }
});

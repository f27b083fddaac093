import http from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { App } from '../app';
import { freePort } from '../stack/program';
import { Apps, ask } from './apps';
import { itInFull } from '../breadth';

const MB = 1024 * 1024;

describe('telemetry without a collector', () => {
  const apps = new Apps();
  let env: Record<string, string>;

  before(async () => {
    env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '100', // one attempt, without time for another
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '200', // longer than the exporter's own timeout
      OTEL_BSP_MAX_QUEUE_SIZE: '256',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '256',
      OTEL_BLRP_MAX_QUEUE_SIZE: '256',
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '256',
    };
  });

  afterEach(() => apps.stop());

  itInFull('keeps answering with constant memory, and reports the failure in one line', async () => {
    // Spans pile up behind a first batch that is retried again and again; log records fail immediately.
    const app = apps.startWith('heap.cjs', { env: { ...env, OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '600000' }, nodeArgs: ['--expose-gc'] });
    const driver = new Driver(await app.port());
    await driver.ask(1000);
    const before = await driver.heap();
    await driver.ask(6000); // as many spans and log records, of more than 1 kB each
    const after = await driver.heap();
    expect(after - before).to.be.below(4 * MB);
    driver.close();
    expect(await app.stop('SIGTERM')).to.deep.equal({ code: null, signal: 'SIGTERM' });
    expect(app.stderr).to.match(/^\[@corr\/auto-register\] Telemetry cannot be exported \(.+\); further failures are not reported\.\n$/);
  });

  it('reports the failure through the diag logger of the application, if it has set one', async () => {
    const app = apps.start('heap.cjs', env, 'diag');
    const failures = (): App['lines'] => app.lines.filter(({ msg, level }) => msg === 'diag' && level === 'error');
    await ask(app, 'client-1');
    await app.line(({ msg, level }) => msg === 'diag' && level === 'error');
    await ask(app, 'client-2');
    expect(await app.stop('SIGTERM')).to.deep.equal({ code: null, signal: 'SIGTERM' }); // another failure
    expect(failures()).to.have.length(1);
    expect(String(failures()[0]?.['args'])).to.match(/^@corr: Telemetry cannot be exported/);
    expect(app.stderr).to.equal('');
  });

  itInFull('does not delay the end of the process with retries', async () => {
    // Without our part, the exporter retries for ten minutes.
    const patient = { OTEL_EXPORTER_OTLP_ENDPOINT: env['OTEL_EXPORTER_OTLP_ENDPOINT'], OTEL_EXPORTER_OTLP_TIMEOUT: '600000', OTEL_BSP_EXPORT_TIMEOUT: '600000' };
    const ends = await Promise.all(
      ['by itself', 'when a handler closes the server', 'of the signal'].map(async (way) => {
        const app = apps.start('ending.cjs', patient, way);
        await app.line(({ msg }) => msg === 'ready');
        if (way !== 'by itself') app.process.kill('SIGTERM');
        return app.exited;
      }),
    );
    expect(ends).to.deep.equal([{ code: 0, signal: null }, { code: 0, signal: null }, { code: null, signal: 'SIGTERM' }]);
  });
});

/** Sends many requests over few connections. */
class Driver {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

  constructor(private readonly port: number) {}

  async ask(count: number): Promise<void> {
    for (let asked = 0; asked < count; asked += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => this.get(`/${asked + i}`)));
    }
  }

  async heap(): Promise<number> {
    return Number(await this.get('/heap'));
  }

  close(): void {
    this.agent.destroy();
  }

  private async get(path: string): Promise<string> {
    const [response] = (await once(http.get({ host: '127.0.0.1', port: this.port, path, agent: this.agent }), 'response')) as [http.IncomingMessage];
    return text(response);
  }
}

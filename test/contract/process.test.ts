import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect } from 'chai';
import { NODE, PRELOAD } from '../app';

const MODE = process.env['TEST_CORR_MODE'] === 'trace' ? { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none' } : { CORR_MODE: 'carry' };

describe('a process whose standard error is closed', () => {
  /** Runs code whose reader is gone from the start, like a log shipper that has died. */
  async function unread(env: Record<string, string>, code: string): Promise<{ status: number | null; stdout: string }> {
    const child = spawn(NODE, ['-r', PRELOAD, '-e', code], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.destroy();
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, stdout };
  }

  it('runs even if the preload warns at its start', async () => {
    const code = "setTimeout(() => console.log('app ran'), 100)";
    expect(await unread({ ...MODE, CORR_ECHO: 'bad', CORR_TRUST_INCOMMING: 'false' }, code)).to.deep.equal({ status: 0, stdout: 'app ran\n' });
  });

  it('runs if an export fails later', async () => {
    // Port 9 refuses connections; the failed export is reported while the application still runs.
    const env = { CORR_MODE: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_BSP_SCHEDULE_DELAY: '5', OTEL_NODE_RESOURCE_DETECTORS: 'none' };
    const code = `const http = require('node:http');
      const server = http.createServer((_, response) => response.end()).listen(0, '127.0.0.1', () => {
        http.get({ port: server.address().port, host: '127.0.0.1' }, (response) => response.resume().on('end', () => setTimeout(() => { console.log('app ran'); process.exit(); }, 300)));
      });`;
    expect(await unread(env, code)).to.deep.equal({ status: 0, stdout: 'app ran\n' });
  });
});

describe('a second configuration in the process', () => {
  interface Told { config: object; sent: string; echoed: string }
  const run = (options: object, env: Record<string, string> = {}): { told: Told; stderr: string } => {
    const { stdout, stderr } = spawnSync(NODE, ['-r', PRELOAD, path.join(__dirname, '../fixtures/second-holder/app.cjs'), JSON.stringify(options)], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...MODE, ...env } });
    return { told: JSON.parse(stdout) as Told, stderr };
  };

  it('is in force if it is stricter, and getConfig returns it', () => {
    const { told } = run({ propagateTo: ['nothing.internal'], trustIncoming: false, echo: false });
    expect(told).to.deep.equal({ config: { propagateTo: ['nothing.internal'], trustIncoming: false, echo: false }, sent: 'none', echoed: 'none' });
  });

  it('causes one line if it is not stricter, and getConfig returns what is in force', () => {
    const { told, stderr } = run({ propagateTo: ['*'], trustIncoming: true, echo: true }, { CORR_PROPAGATE_TO: 'nothing.internal', CORR_TRUST_INCOMING: 'false', CORR_ECHO: 'false' });
    expect(told).to.deep.equal({ config: { propagateTo: ['nothing.internal'], trustIncoming: false, echo: false }, sent: 'none', echoed: 'none' });
    expect(stderr.trim().split('\n')).to.have.length(1);
    expect(stderr).to.match(/propagateTo/).and.match(/trustIncoming/);
  });
});

// In trace mode, instrumentation-http catches it and throws it again.
(MODE.CORR_MODE === 'trace' ? describe.skip : describe)('an error that nobody catches', () => {
  const MONITOR = "process.on('uncaughtExceptionMonitor', () => undefined);";
  for (const [thrown, before] of [["new Error('gone')", ''], ["'text'", ''], ["new Error('gone')", MONITOR]] as const) {
    it(`is printed with the place where the application threw it: ${before}${thrown}`, () => {
      const code = `const http = require('node:http'); ${before}
        http.createServer(() => { throw ${thrown}; }).listen(0, '127.0.0.1', function () { http.get({ port: this.address().port, host: '127.0.0.1' }); });`;
      const [plain, ours] = [[], ['-r', PRELOAD]].map((args) => spawnSync(NODE, [...args, '-e', code], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...MODE } }));
      const head = ({ stderr = '' }: { stderr?: string } = {}): string[] => stderr.split('\n').filter((line) => line !== '').slice(0, 3);
      expect(head(plain)[0]).to.match(/^\[eval\]:2$/);
      expect(head(ours)).to.deep.equal(head(plain));
      expect(ours?.status).to.equal(plain?.status);
    });
  }
});

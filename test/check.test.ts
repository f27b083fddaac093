import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { NODE } from './app';
import { ROOT, read } from './checkout';

interface Finding { what: string; ok: boolean; found: string; advice?: string }

const CLI = path.join(ROOT, 'packages/auto-register/dist/cli.js');
const { version } = JSON.parse(read('packages/auto-register/package.json')) as { version: string };

describe('npx @corr/auto-register', function () {
  this.timeout(30_000);
  let folder: string;
  /** Makes an application's folder with these packages installed. */
  const installed = (...names: string[]): void => {
    for (const name of names) {
      const link = path.join(folder, 'node_modules', name);
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(name.startsWith('@corr/') ? path.join(ROOT, 'packages', name.slice(6)) : path.join(ROOT, 'node_modules', name), link);
    }
  };
  const run = (args: string[], env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(NODE, [CLI, ...args], { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } });
  const findings = (env: Record<string, string> = {}, app: string[] = []): { ok: boolean; status: number | null; all: Finding[] } => {
    const { status, stdout } = run(['check', ...app, '--json'], env);
    const { ok, findings: all } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
    return { ok, status, all };
  };
  const failed = (all: readonly Finding[]): string[] => all.filter(({ ok }) => !ok).map(({ what }) => what);

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'corr-check-'));
    writeFileSync(path.join(folder, 'package.json'), '{"name":"app"}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('prints its version and its usage', () => {
    expect(run(['--version'])).to.include({ status: 0, stdout: `${version}\n` });
    expect(run([])).to.include({ status: 0 }).and.to.have.property('stdout').that.includes('npx @corr/auto-register check');
    const unknown = run(['chekc']);
    expect(unknown.status).to.equal(1);
    expect(unknown.stderr).to.match(/^unknown command: chekc\n/);
    const missing = run(['check', 'src/ap.js']);
    expect(missing.status).to.equal(1);
    expect(missing.stderr).to.match(/^no such file: src\/ap\.js\n/);
  });

  it('check finds no problem in a folder with pino and winston, from CommonJS and from an ES module', () => {
    installed('@corr/auto-register', 'pino', 'winston');
    const { ok, status, all } = findings();
    expect(failed(all)).to.deep.equal([]);
    expect({ ok, status }).to.deep.equal({ ok: true, status: 0 });
    for (const kind of ['CommonJS', 'ES module']) {
      for (const what of ['request in', 'response', 'call out', 'pino, as the application gets it', 'winston, as the application gets it']) {
        expect(all.map((finding) => finding.what)).to.include(`${kind}: ${what}`);
      }
    }
    expect(all.find(({ what }) => what === 'pino')?.found).to.match(/^10\./);
  });

  it("check says that consola's ES module needs a line of code, and that this line helps", () => {
    installed('@corr/auto-register', 'consola');
    const { ok, all } = findings();
    const [commonjs, module] = all.filter(({ what }) => what.endsWith('consola, as the application gets it'));
    expect(commonjs).to.deep.include({ ok: true, found: 'its line has the ID' }).and.not.have.property('advice');
    expect(module).to.deep.include({ ok: true, found: 'its line has the ID only after stampLogger(consola)' }).and.have.property('advice').that.includes('call stampLogger(consola)');
    expect(ok).to.equal(true);
  });

  it('check says what to do if no logger is installed, the preload is not found, or a variable has a wrong name or value', () => {
    const { ok, status, all } = findings({ CORR_TRUST_INCOMMING: 'false', CORR_ECHO: 'maybe' });
    expect({ ok, status }).to.deep.equal({ ok: false, status: 1 });
    expect(failed(all)).to.have.members(['node -r @corr/auto-register', 'environment', 'environment', 'loggers']);
    for (const finding of all.filter((each) => !each.ok)) expect(finding.advice, finding.what).to.match(/\w/);
    const [wrongName, wrongValue] = all.filter(({ what }) => what === 'environment');
    expect(wrongName).to.have.property('found').that.matches(/CORR_TRUST_INCOMMING.*CORR_TRUST_INCOMING/);
    expect([wrongName?.advice, wrongValue?.advice]).to.deep.equal(['correct the name', 'correct this setting']);
    expect(run(['check']).stdout).to.match(/^✓ Node /m).and.match(/^✗ loggers .*\n +→ set CORR_CONSOLE=true/m);
  });

  it('check follows the configuration in the folder of the named application, and sends no telemetry', () => {
    installed('@corr/auto-register', 'pino');
    mkdirSync(path.join(folder, 'src'));
    writeFileSync(path.join(folder, 'src/app.js'), '');
    const env = { CORR_TRUST_INCOMING: 'false', CORR_ECHO: 'false', CORR_PROPAGATE_TO: 'api.example.com', CORR_MODE: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    const { ok, all } = findings(env, ['src/app.js']);
    expect(failed(all)).to.deep.equal([]);
    expect(ok).to.equal(true);
    expect(all.find(({ what }) => what === 'mode')?.found).to.match(/^trace/);
    expect(all.find(({ what }) => what === 'CommonJS: call out')?.found).to.equal('has no ID, because CORR_PROPAGATE_TO does not include this machine');
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { NODE } from '../app';
import type { Line } from '../app';
import { strictJson } from '../strict-json';
import { pack } from './pack';

/** A package manager or runtime: how it installs one of our applications, and how it runs a file in it. */
interface Manager {
  name: string;
  files?: (overrides: Record<string, string>) => Record<string, string>;
  install: readonly string[];
  /** Arguments before the file's name; `FLAG` is replaced by `-r` or `--import`. */
  run?: readonly string[];
}

const UNREACHED = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ConnectionRefused|FailedToOpenSocket|RequestError|self.signed|certificate|socket hang up/i;
const TOOLS = ['@yarnpkg/cli-dist@4', 'pnpm@12', 'bun@1', 'deno@2'];

describe('the packages, packed, installed by', () => {
  const work = mkdtempSync(path.join(tmpdir(), 'corr-managers-'));
  const tool = (file: string): string => path.join(work, 'tools/node_modules', file);
  const yaml = (overrides: Record<string, string>): string => Object.entries(overrides).map(([name, to]) => `  '${name}': '${to}'\n`).join('');
  // pnpm skips an optional package whose engines do not match, and it selects the newest version. On Node 20, older ones are
  // therefore named.
  const older = process.versions.node.startsWith('20.') ? { '@opentelemetry/api': '~1.9.0', '@opentelemetry/sdk-node': '~0.223.0', '@opentelemetry/instrumentation-http': '~0.223.0', '@opentelemetry/instrumentation-undici': '~0.33.0', '@opentelemetry/instrumentation-pino': '~0.69.0' } : {};
  const MANAGERS: readonly Manager[] = [
    { name: 'npm', install: ['npm', 'install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'] },
    {
      name: 'yarn, with Plug’n’Play',
      files: () => ({ 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: pnp\nenableGlobalCache: false\nenableScripts: false\nenableTelemetry: false\nenableImmutableInstalls: false\n' }),
      install: [process.execPath, tool('@yarnpkg/cli-dist/bin/yarn.js'), 'install'],
      run: [process.execPath, tool('@yarnpkg/cli-dist/bin/yarn.js'), 'node', 'FLAG', '@corr/auto-register'],
    },
    {
      name: 'pnpm, strict, with no automatic peers',
      files: (overrides) => ({
        'pnpm-workspace.yaml': `nodeLinker: isolated\nhoist: false\nautoInstallPeers: false\nstrictPeerDependencies: true\nignoreScripts: true\noverrides:\n${yaml({ ...overrides, ...older })}`,
      }),
      install: [process.execPath, tool('pnpm/bin/pnpm.mjs'), 'install'],
    },
    { name: 'bun', install: [tool('bun/bin/bun.exe'), 'install', '--ignore-scripts'] },
  ];
  const env: NodeJS.ProcessEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(CORR|OTEL_|NODE_OPTIONS|npm_)/.test(name)));
  let tarballs: Record<string, string> = {};

  before(function () {
    this.timeout(300_000);
    const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
    Object.assign(env, { NPM_CONFIG_REGISTRY: registry, YARN_NPM_REGISTRY_SERVER: registry, YARN_HTTPS_CA_FILE_PATH: process.env['NODE_EXTRA_CA_CERTS'], DENO_NO_UPDATE_CHECK: '1' });
    const packed = pack(work);
    tarballs = Object.fromEntries(Object.entries(packed).map(([name, file]) => [`@corr/${name}`, `file:${file}`]));
    mkdirSync(path.join(work, 'tools'));
    execFileSync('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', '--prefix', path.join(work, 'tools'), ...TOOLS], { cwd: work });
    // npm may not run their install scripts, which put the binaries in place.
    execFileSync(process.execPath, ['install.js'], { cwd: tool('bun'), stdio: 'ignore' });
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  /**
   * Installs an application; skips the test if this manager cannot reach a registry, for example behind a proxy that only npm is
   * configured for.
   */
  function install({ name, files, install: [command = '', ...args] }: Manager, test: Mocha.Context): string {
    const folder = path.join(work, name.replace(/\W.*/, ''));
    cpSync(path.join(__dirname, '../fixtures/packages'), folder, { recursive: true });
    const manifest = { private: true, dependencies: { ...tarballs, pino: '^10' }, resolutions: tarballs, ...(name === 'bun' ? { overrides: tarballs } : {}) };
    for (const [file, text] of Object.entries({ ...files?.(tarballs), 'package.json': JSON.stringify(manifest) })) writeFileSync(path.join(folder, file), text);
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', env });
    if (status !== 0 && UNREACHED.test(stdout + stderr)) {
      console.log(`      skipped, ${name} reaches no registry`);
      test.skip();
    }
    expect(status, stdout + stderr).to.equal(0);
    return folder;
  }

  function run(folder: string, [command = '', ...args]: readonly string[], more: NodeJS.ProcessEnv = {}): { lines: Line[]; stderr: string } {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...env, ...more } });
    expect(status, stdout + stderr).to.equal(0);
    return { lines: stdout.trim().split('\n').map(strictJson) as Line[], stderr };
  }

  function expectCarried(lines: readonly Line[]): void {
    expect(lines.find(({ msg }) => msg === 'hello')).to.include({ correlation_id: 'client-1' });
    expect(lines.find(({ msg }) => msg === 'closed')).to.include({ echoed: 'client-1', correlation_id: 'Internal' });
  }

  const telemetry = { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  for (const manager of MANAGERS) {
    it(`${manager.name}: the ID is carried in both modes, from CommonJS and from ES modules`, function () {
      this.timeout(180_000);
      const folder = install(manager, this);
      for (const [flag, app] of [['-r', 'app.cjs'], ['--import', 'app.mjs']] as const) {
        const command = (manager.run ?? [NODE, 'FLAG', '@corr/auto-register']).map((word) => (word === 'FLAG' ? flag : word));
        for (const more of [{}, telemetry]) {
          const { lines, stderr } = run(folder, [...command, app], more);
          expect(stderr).to.equal('');
          expectCarried(lines);
        }
      }
    });
  }

  it('Deno runs the preload for node:http, and the preload says what it does not reach', () => {
    const folder = path.join(work, 'npm');
    const { lines, stderr } = run(folder, [tool('deno/deno'), 'run', '-A', '--node-modules-dir=manual', '--preload', './node_modules/@corr/auto-register/dist/register.js', 'app.mjs']);
    expectCarried(lines);
    expect(stderr).to.match(/^\[@corr\/auto-register\] Under Deno, [^\n]+\n$/);
  });

  it("Bun runs the application without the preload, which says so; the packages' functions work", () => {
    const folder = path.join(work, 'npm');
    const { lines, stderr } = run(folder, [tool('bun/bin/bun.exe'), '--preload', '@corr/auto-register', 'app.mjs']);
    expect(lines.map(({ msg, correlation_id: id }) => [msg, id])).to.deep.equal([['hello', undefined], ['closed', undefined]]);
    expect(stderr).to.match(/^\[@corr\/auto-register\] Off: under Bun [^\n]+\n$/);
    expectCarried(run(folder, [tool('bun/bin/bun.exe'), 'by-hand.cjs']).lines);
  });

  it('npm, beside a lock file with OpenTelemetry’s API 1.3', function () {
    this.timeout(180_000);
    const folder = path.join(work, 'locked');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: { '@opentelemetry/api': '1.3.0', pino: '^10' } }));
    cpSync(path.join(__dirname, '../fixtures/packages/app.cjs'), path.join(folder, 'app.cjs'));
    const flags = ['--silent', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', ['install', ...flags], { cwd: folder });
    execFileSync('npm', ['install', ...flags, ...Object.values(tarballs)], { cwd: folder });
    const { packages } = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string }> };
    expect(packages['node_modules/@opentelemetry/api']?.version).to.equal('1.3.0');
    for (const more of [{}, telemetry]) expectCarried(run(folder, [NODE, '-r', '@corr/auto-register', 'app.cjs'], more).lines);
  });
});

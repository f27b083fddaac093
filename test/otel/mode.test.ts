import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { configurationFrom } from '../../packages/auto-register/src/environment';
import { decideMode } from '../../packages/auto-register/src/telemetry/mode';

const SDK = { '@opentelemetry/sdk-node': '*' };
const ASKED = { OTEL_TRACES_EXPORTER: 'otlp' };

describe('the SDK of the preload', () => {
  let root: string;
  const at = (file: string): string => path.join(root, file);
  const install = (files: Record<string, object>): void => {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(at(file)), { recursive: true });
      writeFileSync(at(file), JSON.stringify(content));
    }
  };
  /** Whether our SDK starts, for an application with that entry. */
  const starts = ({ env = ASKED, entry = 'app.js', execArgv = [], cwd = '.' }: { env?: Record<string, string>; entry?: string; execArgv?: string[]; cwd?: string } = {}): boolean =>
    decideMode(configurationFrom(env).configuration, { env, argv: ['node', at(entry)], execArgv, cwd: () => at(cwd) }, (message) => {
      throw new Error(message);
    }).traces;

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'corr-mode-'));
    install({ 'package.json': { name: 'app', dependencies: { express: '*' } }, 'node_modules/express/package.json': { dependencies: { qs: '*' } } });
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('starts if a variable names an exporter, an endpoint or a configuration file', () => {
    for (const name of ['OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER', 'OTEL_LOGS_EXPORTER', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'OTEL_CONFIG_FILE']) {
      expect(starts({ env: { [name]: 'http://127.0.0.1:4318' } }), name).to.equal(true);
    }
    expect(starts({ env: {} })).to.equal(false);
    expect(starts({ env: { OTEL_TRACES_EXPORTER: 'none' } })).to.equal(false);
  });

  it('does not start in carry mode, or if the SDK is disabled', () => {
    expect(starts({ env: { ...ASKED, CORR_MODE: 'carry' } })).to.equal(false);
    expect(starts({ env: { ...ASKED, CORR_MODE: 'trace', OTEL_SDK_DISABLED: 'TRUE' } })).to.equal(false);
  });

  it('does not start if the application depends on an SDK', () => {
    for (const name of ['sdk-node', 'sdk-trace-node', 'sdk-metrics', 'auto-instrumentations-node']) {
      install({ 'package.json': { name: 'app', dependencies: { [`@opentelemetry/${name}`]: '*' } } });
      expect(starts(), name).to.equal(false);
    }
    install({ 'package.json': { name: 'app', dependencies: { '@opentelemetry/api': '*', '@corr/auto-register': '*' } }, 'node_modules/@corr/auto-register/package.json': { dependencies: SDK } });
    expect(starts()).to.equal(true);
  });

  it("does not start if a dependency is a vendor's distribution", () => {
    install({ 'package.json': { name: 'app', dependencies: { '@vendor/telemetry': '*' } }, 'node_modules/@vendor/telemetry/package.json': { dependencies: SDK } });
    expect(starts({ entry: 'dist/src/main.js' })).to.equal(false);
  });

  it('ignores a package.json that only sets the module type', () => {
    install({ 'package.json': { dependencies: SDK }, 'dist/package.json': { type: 'commonjs' } });
    expect(starts({ entry: 'dist/main.js' })).to.equal(false);
  });

  it("ignores the dependencies of another package", () => {
    install({ 'package.json': { name: 'monorepo', dependencies: SDK }, 'services/a/package.json': { name: 'a' } });
    expect(starts({ entry: 'services/a/main.js' })).to.equal(true);
  });

  it('looks from the working directory if the entry is an installed command', () => {
    install({ 'package.json': { name: 'app', dependencies: SDK }, 'node_modules/next/package.json': { name: 'next', dependencies: {} } });
    expect(starts({ entry: 'node_modules/next/dist/bin/next' })).to.equal(false);
    expect(starts({ entry: 'node_modules/next/dist/bin/next', cwd: 'node_modules/next' })).to.equal(true);
  });

  it('does not start if another preload starts one', () => {
    const preload = '@opentelemetry/auto-instrumentations-node/register';
    for (const execArgv of [['-r', preload], ['--require', preload], [`--require=${preload}`], ['--import', preload], [`--import=${preload}`]]) {
      expect(starts({ execArgv: ['-r', '@corr/auto-register', ...execArgv] }), execArgv.join(' ')).to.equal(false);
      expect(starts({ env: { ...ASKED, NODE_OPTIONS: `--enable-source-maps ${execArgv.join(' ')}` } }), execArgv.join(' ')).to.equal(false);
    }
    expect(starts({ env: { ...ASKED, NODE_OPTIONS: '--require /otel-auto-instrumentation-nodejs/autoinstrumentation.js' } })).to.equal(false);
    install({ 'node_modules/@vendor/telemetry/package.json': { dependencies: SDK } });
    expect(starts({ execArgv: ['-r', '@vendor/telemetry/register'] })).to.equal(false);
  });

  it('does not mistake a folder of that name for another preload', () => {
    expect(starts({ execArgv: ['-r', '/srv/opentelemetry-demo/node_modules/@corr/auto-register/dist/register.js', '--import', 'tsx'] })).to.equal(true);
  });

  it('reads the file of a preload, and uses its path only if it cannot read the file', () => {
    const preload = 'autoinstrumentation/register.js';
    const preloaded = (text: string): boolean[] => {
      mkdirSync(path.dirname(at(preload)), { recursive: true });
      writeFileSync(at(preload), text);
      return [at(preload), `./${preload}`, `./${preload.replace('.js', '')}`, pathToFileURL(at(preload)).href].map((name) => starts({ execArgv: ['-r', name] }));
    };
    expect(new Set(preloaded("require('@corr/auto-register');"))).to.deep.equal(new Set([true]));
    expect(new Set(preloaded("const { NodeSDK } = require('@opentelemetry/sdk-node');"))).to.deep.equal(new Set([false]));
    expect(starts({ execArgv: ['-r', './autoinstrumentation/gone.js'] })).to.equal(false);
    expect(starts({ execArgv: ['-r', './autoinstrumentation'] })).to.equal(false); // a folder
  });

  it('starts with CORR_MODE=trace or CORR_INSTRUMENTATIONS even if the application depends on an SDK', () => {
    install({ 'package.json': { name: 'app', dependencies: SDK } });
    expect(starts({ env: { CORR_MODE: 'trace' } })).to.equal(true);
    expect(starts({ env: { CORR_INSTRUMENTATIONS: 'auto' } })).to.equal(true);
  });
});

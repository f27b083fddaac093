import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { NODE } from './app';

/** All public names of the packages; a name that is not listed has leaked out. */
const PUBLIC: Record<string, string[]> = {
  '@corr/propagator': [
    'CorrelationIdPropagator',
    'bindCorrelationId',
    'configureCorrelation',
    'correlationEnv',
    'correlationHeaders',
    'deleteCorrelationId',
    'getCorrelationId',
    'setCorrelationId',
    'withCarrier',
    'withCorrelationId',
  ],
  '@corr/log-bridge': ['correlationMixin', 'stampLogger', 'stampLoggers', 'stampPino'],
  '@corr/auto-register': [],
  '@corr/auto-register/instrumentation': ['CorrelationInstrumentation', 'correlated'],
};

/** Runs a program beside these tests, so that it can import the packages by name, and parses its output. */
function printedBy(kind: 'module' | 'commonjs', program: string): unknown {
  return JSON.parse(execFileSync(NODE, [`--input-type=${kind}`, '--eval', program], { cwd: __dirname, encoding: 'utf8', env: {} }));
}

describe('public API', () => {
  it('is exactly the list here, by require', () => {
    const program = `const shown = {}; for (const name of ${JSON.stringify(Object.keys(PUBLIC))}) shown[name] = Object.keys(require(name)).sort(); console.log(JSON.stringify(shown));`;
    expect(printedBy('commonjs', program)).to.deep.equal(PUBLIC);
  });

  it('is the same by import, under its names', () => {
    const program = Object.entries(PUBLIC)
      .map(([name, names], i) => `import { ${names.map((one) => `${one} as _${i}_${one}`).join(', ')} } from ${JSON.stringify(name)}; import * as all${i} from ${JSON.stringify(name)};`)
      .concat(`const shown = {};`)
      .concat(Object.keys(PUBLIC).map((name, i) => `shown[${JSON.stringify(name)}] = Object.keys(all${i}).filter((one) => one !== 'default' && one !== 'module.exports' && one !== '__esModule').sort();`))
      .concat('console.log(JSON.stringify(shown));')
      .join('\n');
    expect(printedBy('module', program)).to.deep.equal(PUBLIC);
  });

  it('does not export the files of a package', () => {
    const paths = ['@corr/propagator/dist/accept.js', '@corr/propagator/src/index.ts', '@corr/log-bridge/dist/pino-prototype', '@corr/auto-register/dist/inbound/http-server.js'];
    const program = `const codes = ${JSON.stringify(paths)}.map((path) => { try { require(path); } catch (error) { return error.code; } }); console.log(JSON.stringify(codes));`;
    expect(printedBy('commonjs', program)).to.deep.equal(paths.map(() => 'ERR_PACKAGE_PATH_NOT_EXPORTED'));
  });

  it('does not change the process when it is loaded by hand', () => {
    const program = `
      const net = require('node:net');
      const http = require('node:http');
      const Module = require('node:module');
      const { hasSubscribers } = require('node:diagnostics_channel');
      const look = () => [net.Server.prototype.emit, http.Server.prototype.emit, http.ServerResponse.prototype._storeHeader, http.ClientRequest.prototype._storeHeader, http.ClientRequest.prototype.setHeader, Module.prototype.load, Object.getOwnPropertyDescriptor(globalThis, Symbol.for('opentelemetry.js.api.1'))?.get];
      const before = look();
      for (const name of ['@corr/propagator', '@corr/log-bridge', '@corr/auto-register/instrumentation']) require(name);
      const channels = ['undici:request:create', 'http.client.request.created', 'tracing:pino_asJson:start'].filter((name) => hasSubscribers(name));
      console.log(JSON.stringify([look().map((one, i) => one === before[i]), channels]));`;
    expect(printedBy('commonjs', program)).to.deep.equal([Array(7).fill(true), []]);
  });
});

/*
 * Runs the contract suite on every supported major version of Node, OpenTelemetry and pino, the lowest and the highest of each,
 * in carry and in trace mode, and writes what was run to docs/compatibility.md.
 *
 *   npm run matrix                                          all of it
 *   npm run matrix -- --node 22 --otel 3.1 --pino pino9     a part of it, printed only
 *   npm run matrix -- --api 1.0                             the packages on one OpenTelemetry API, printed only
 */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '../..');
const require = (file) => JSON.parse(readFileSync(file, 'utf8'));

const otel = (api, sdk, undici, pino) => ({
  '@opentelemetry/api': api,
  '@opentelemetry/sdk-node': sdk,
  '@opentelemetry/instrumentation-http': sdk,
  '@opentelemetry/instrumentation-undici': undici,
  '@opentelemetry/instrumentation-pino': pino,
});
const OTEL = {
  'floor': otel('1.9.0', '0.223.0', '0.33.0', '0.66.0'),
  '2.12': otel('1.9.1', '0.223.0', '0.33.0', '0.69.0'),
  '3.1': otel('1.10.0', '0.301.0', '0.34.0', '0.70.0'),
};
const NODES = ['node20', 'node22', 'node24', 'node26'];
const PINOS = ['pino8', 'pino9', 'pino'];
const SDKS = ['2.12', '3.1'];
/** The newest pino runs with both SDKs, the older ones with one: each pair of a Node, a pino and an SDK occurs in some cell. */
const sdksOf = (node, pino) => (pino === 'pino' ? SDKS : [SDKS[(NODES.indexOf(node) + PINOS.indexOf(pino)) % 2]]);
const CELLS = [
  ...NODES.flatMap((node) => PINOS.flatMap((pino) => [{ node, pino, mode: 'carry' }, ...sdksOf(node, pino).map((otel) => ({ node, pino, mode: 'trace', otel }))])),
  ...['node20-floor', 'node22-floor'].flatMap((node) =>
    PINOS.map((pino) => `${pino}-floor`).flatMap((pino) => [{ node, pino, mode: 'carry' }, { node, pino, mode: 'trace', otel: 'floor' }]),
  ),
];
const AT_ONCE = 2;

// Copies of the API in test/package.json, the lowest supported one first; the other cells use the checkout's copy.
const APIS = ['1.0', '1.4', '1.8', '1.10'];

// Suites that depend on pino run with every pino; the others with one; suites about the preload itself run without an SDK.
const WITH_PINO = ['server', 'listeners', 'isolation', 'hops.requests'];
const WITH_SDK = ['client', 'undici', 'leak-control', 'hops.tree'];
const ALONE = ['environment', 'fallback', 'http2-loading', 'instrumentation', 'jobs'];
const suites = ({ pino, mode }) => [...WITH_PINO, ...(/^pino(-floor)?$/.test(pino) ? [...WITH_SDK, ...(mode === 'carry' ? ALONE : [])] : [])];

const { values: only } = parseArgs({ options: { node: { type: 'string' }, otel: { type: 'string' }, pino: { type: 'string' }, mode: { type: 'string' }, api: { type: 'string' } } });
const wanted = CELLS.filter(
  (cell) =>
    only.api === undefined &&
    (only.node === undefined || cell.node === `node${only.node}`) &&
    (only.pino === undefined || cell.pino === only.pino) &&
    (only.mode === undefined || cell.mode === only.mode) &&
    (only.otel === undefined || cell.otel === only.otel),
);

const apis = Object.keys(only).length === 0 ? APIS : APIS.filter((api) => api === only.api);
if (wanted.length > 0) execFileSync('npm', ['ci', '--no-workspaces'], { cwd: here, stdio: 'inherit' });
const folder = mkdtempSync(path.join(tmpdir(), 'corr-matrix-'));
try {
  const onApis = [];
  for (const api of apis) onApis.push(await unit(api));
  const preloads = install([...new Set(wanted.map((cell) => cell.otel ?? '2.12'))]);
  const queue = [...wanted];
  const results = [];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
        let result = { ...cell, ...(await contract(cell, preloads[cell.otel ?? '2.12'])) };
        if (result.failed > 0) {
          // On a small machine two cells compete: a cell that fails is run once more, and this is reported.
          console.log(`${label(result).padEnd(60)} ${outcome(result)}: once more\n${result.failures.join('\n')}`);
          result = { ...cell, ...(await contract(cell, preloads[cell.otel ?? '2.12'])), again: true };
        }
        results.push(result);
        if (process.env.TEST_CORR_COUNTS) appendFileSync(process.env.TEST_CORR_COUNTS, `${result.passed} ${result.failed} ${result.skipped}\n`);
        console.log(`${label(result).padEnd(60)} ${outcome(result)}`);
        if (result.failures.length > 0) console.log(result.failures.join('\n'));
      }
    }),
  );
  if (wanted.length === CELLS.length) writeFileSync(path.join(root, 'docs/compatibility.md'), page(results, onApis));
  const all = [...results, ...onApis];
  const failed = all.filter((result) => result.failed > 0);
  console.log(`${all.length - failed.length} of ${all.length} cells passed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Installs the three packages from their tarballs, once for each OpenTelemetry version. Returns the preload of each. */
function install(versions) {
  const packages = ['propagator', 'log-bridge', 'auto-register'];
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, ...packages.flatMap((name) => ['--workspace', `@corr/${name}`])], { cwd: root });
  const tarballs = Object.fromEntries(
    packages.map((name) => [`@corr/${name}`, `file:${path.join(folder, readdirSync(folder).find((file) => file.startsWith(`corr-${name}-`)))}`]),
  );
  return Object.fromEntries(
    versions.map((version) => {
      const cwd = path.join(folder, version);
      execFileSync('mkdir', ['-p', cwd]);
      writeFileSync(path.join(cwd, 'package.json'), JSON.stringify({ private: true, dependencies: { ...tarballs, ...OTEL[version] } }));
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, stdio: 'inherit' });
      return [version, path.join(cwd, 'node_modules/@corr/auto-register/dist/register.js')];
    }),
  );
}

/** One cell: the contract suite with its apps on that Node, pino and preload. */
function contract(cell, preload) {
  const { node, pino, mode, otel: sdk } = cell;
  const args = suites(cell).map((suite) => `test/contract/${suite}.test.ts`);
  const env = { ...process.env, TEST_CORR_COUNTS: undefined, TEST_CORR_NODE: path.join(here, 'node_modules', node, 'bin/node'), TEST_CORR_BREADTH: 'core', TEST_CORR_MODE: mode, TEST_CORR_PINO: pino, TEST_CORR_PRELOAD: preload };
  return mocha(`${node}-${pino}-${mode}-${sdk}`, args, env);
}

/** The packages' own tests with that copy of OpenTelemetry's API. */
async function unit(api) {
  const result = { api, ...(await mocha(`api-${api}`, ['--require', './test/matrix/api.cjs', 'packages/{propagator,log-bridge}/test/*.test.ts'], { ...process.env, TEST_CORR_COUNTS: undefined, TEST_CORR_API: `otel-api-${api}` })) };
  if (process.env.TEST_CORR_COUNTS) appendFileSync(process.env.TEST_CORR_COUNTS, `${result.passed} ${result.failed} ${result.skipped}\n`);
  console.log(`OpenTelemetry API ${apiVersion(api)}`.padEnd(60), outcome(result));
  if (result.failures.length > 0) console.log(result.failures.join('\n'));
  return result;
}

function apiVersion(api) {
  return require(path.join(root, 'node_modules', `otel-api-${api}`, 'package.json')).version;
}

function mocha(name, tests, env) {
  const report = path.join(folder, `${name}.json`);
  const args = [path.join(root, 'node_modules/mocha/bin/mocha.js'), '--config', 'test/.mocharc.json', '--reporter', 'json', '--reporter-option', `output=${report}`, ...tests];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('close', () => {
      try {
        const { stats, failures } = require(report);
        resolve({ passed: stats.passes, failed: stats.failures, skipped: stats.pending, failures: failures.map((f) => `  ${f.fullTitle}: ${f.err.message}`) });
      } catch {
        resolve({ passed: 0, failed: 1, skipped: 0, failures: [`  the suite did not run: ${stderr}`] });
      }
    });
  });
}

function versions(cell) {
  const installed = (name) => require(path.join(root, 'node_modules', name, 'package.json')).version;
  return {
    node: require(path.join(here, 'package.json')).dependencies[cell.node].replace(/^.*@/, ''),
    pino: installed(cell.pino),
    otel: cell.otel === undefined ? '–' : `${OTEL[cell.otel]['@opentelemetry/sdk-node']} (API ${OTEL[cell.otel]['@opentelemetry/api']})`,
  };
}

function label(cell) {
  const { node, pino, otel: sdk } = versions(cell);
  return `Node ${node}  pino ${pino}  ${cell.mode}${cell.otel === undefined ? '' : `  sdk-node ${sdk}`}`;
}

function outcome({ passed, failed, skipped, again }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}${again ? ', on a second run' : ''}`;
}

function page(results, onApis) {
  const rows = CELLS.map((cell) => results.find((r) => r.node === cell.node && r.pino === cell.pino && r.mode === cell.mode && r.otel === cell.otel)).map((result) => {
    const { node, pino, otel: sdk } = versions(result);
    return `| ${node} | ${pino} | ${result.mode} | ${sdk} | ${outcome(result)} |`;
  });
  return `# Compatibility

\`npm run matrix\` wrote this page on ${new Date().toISOString().slice(0, 10)}. Each row is one run of the contract suite
(\`test/contract\`) against the packed packages, in a process of that Node with that pino. Carry mode loads no OpenTelemetry
package except the API (\`test/architecture.test.ts\`), so it has one row for each Node and pino. In trace mode, the newest
pino runs with both SDKs and the older ones with one, so that each pair of versions has a row. The last rows are the lowest versions
that the packages' \`package.json\` allows.

On each Node, every pino runs the suites that depend on pino: servers, listeners, isolation and the records of hops
(\`hops.requests\`). The newest pino also runs the clients, undici, leak control and the numbers of hops (\`hops.tree\`) and, in
carry mode, the environment, fallbacks, the ways to load http2, jobs and the instrumentation. \`npm test\` runs more frameworks and module systems on one Node.
A skipped test needs something that does not exist on that Node.

| Node | pino | mode | OpenTelemetry SDK | contract suite |
|---|---|---|---|---|
${rows.join('\n')}

The tests of \`@corr/propagator\` and \`@corr/log-bridge\` with other copies of \`@opentelemetry/api\`, the floor of their range first:

| OpenTelemetry API | tests |
|---|---|
${onApis.map((result) => `| ${apiVersion(result.api)} | ${outcome(result)} |`).join('\n')}
`;
}

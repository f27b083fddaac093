/*
 * Runs the tests of other projects without and with the preload, and compares the differences with known.json.
 *
 *   npm run foreign                                  all projects, with the preload alone and with CORRELATION_ID
 *   npm run foreign -- express ws                    some
 *   npm run foreign -- node --files http2            files whose path contains this
 *   npm run foreign -- --env CORRELATION_ID=job-1    in that environment only
 *
 * Exit code 1: a difference that is not in the list, a listed one that no longer occurs, or a project that is not available
 * or in which no test passed. TEST_CORR_NODE selects another Node. Differences in an environment that the list does not name
 * (`--env CORR_ECHO=true`) are reported but do not fail the run.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compare } from './compare.mjs';
import { PROJECTS } from './projects.mjs';
import { OutOfReach, prepare } from './sources.mjs';

const CHECKED = { 'the preload': {}, CORRELATION_ID: { CORRELATION_ID: 'job-1' } };
const known = JSON.parse(readFileSync(new URL('known.json', import.meta.url), 'utf8'));
const node = process.env.TEST_CORR_NODE || process.execPath;
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
const major = version.split('.')[0];

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { env: { type: 'string', multiple: true }, files: { type: 'string', default: '' }, output: { type: 'boolean', default: false } },
});
const unknown = names.filter((name) => !PROJECTS.some((project) => project.name === name));
if (unknown.length > 0) throw new Error(`no project ${unknown.join(', ')} - expected some of ${PROJECTS.map(({ name }) => name).join(', ')}`);
const environments = environmentsFrom(options.env);

const rows = [];
for (const project of PROJECTS.filter(({ name }) => names.length === 0 || names.includes(name))) rows.push(await row(project));
const failures = rows.flatMap(({ name, failed }) => failed.map((failure) => `${name}: ${failure}`));
console.log(failures.length === 0 ? '\nNo unknown differences.' : `\n${failures.join('\n')}`);
if (process.env.TEST_CORR_COUNTS) appendFileSync(process.env.TEST_CORR_COUNTS, `${rows.filter(({ failed }) => failed.length === 0).length} ${failures.length} 0\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function row(project) {
  const { name } = project;
  const started = performance.now();
  let source;
  try {
    source = prepare(project, major);
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error;
    console.log(`${name}: not available: ${error.message}`);
    return { name, failed: [`not available: ${error.message}`] };
  }
  const { files, results } = await compare(project, source.folder, { node, environments, pick: options.files });
  const failed = results.without.passed > 0 ? [] : ['no test passed without the preload'];
  for (const environment of Object.keys(environments)) failed.push(...check(project.name, environment, results[environment].differences, files));
  const outcomes = Object.entries(results).map(([environment, { passed, failed: other, skipped, differences, unsteady }]) =>
    [`  ${environment.padEnd(16)} ${passed} passed, ${other} failed, ${skipped} skipped`, ...(environment === 'without' ? [] : [`${differences.size} differ`]), ...(unsteady > 0 ? [`${unsteady} not in every round`] : [])].join(', '),
  );
  console.log([`${name} ${source.version}: ${files.length} files, ${Math.round((performance.now() - started) / 1000)} s`, ...outcomes].join('\n'));
  return { name, version: source.version, results, failed };
}

/** Compares with the list. Entries of the list count only if their files were run. */
function check(project, environment, differences, files) {
  const expected = new Map(
    known
      .filter((entry) => entry.project === project && (entry.in ?? [environment]).includes(environment) && (entry.node ?? [major]).includes(major))
      .flatMap(({ tests, flaky = false }) => tests.map((test) => [test, flaky])),
  );
  const informative = !(environment in CHECKED);
  const failed = [];
  for (const [test, { change, output }] of differences) {
    const why = expected.has(test) ? 'known' : informative ? 'for information' : 'NOT KNOWN';
    console.log(`  ${environment}: ${test}: ${change}: ${why}`);
    if (options.output && why !== 'known') console.log(output.trim().split('\n').slice(-60).map((line) => `      ${line}`).join('\n'));
    if (why === 'NOT KNOWN') failed.push(`with ${environment}, ${test}: ${change}`);
  }
  for (const [test, flaky] of expected) {
    if (!flaky && !informative && !differences.has(test) && files.includes(test.split(' › ')[0])) failed.push(`with ${environment}, known, but no longer different: ${test}`);
  }
  return failed;
}

function environmentsFrom(pairs) {
  if (pairs === undefined) return CHECKED;
  const environment = Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  const same = Object.entries(CHECKED).find(([, checked]) => JSON.stringify(checked) === JSON.stringify(environment));
  return { [same?.[0] ?? pairs.join(' ')]: environment };
}

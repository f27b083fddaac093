/* Runs one project's test files without the preload and in each environment with it, and finds the stable differences. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './execute.mjs';

const PRELOAD = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../packages/auto-register/dist/register.js');
const BARE = { CORR_ECHO: 'false', CORRELATION_ID: '', NODE_OPTIONS: '' }; // the suites compare exact response headers
const ROUNDS = 3; // a difference counts only if it occurs in every round
const AT_ONCE = 2;

/** For each environment: the number of tests by outcome, and the stable differences by `file` or `file › test`. */
export async function compare(project, folder, { node, environments, pick }) {
  const files = readdirSync(folder, { recursive: true })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => project.files.test(file) && !project.skip?.test(file) && file.includes(pick))
    .sort();
  const results = Object.fromEntries(['without', ...Object.keys(environments)].map((name) => [name, { passed: 0, failed: 0, skipped: 0, differences: new Map(), unsteady: 0 }]));
  const queue = [...files];
  const worker = async (slot) => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await compareFile(file, slot);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, slot) => worker(slot)));
  return { files, results };

  async function compareFile(file, slot) {
    const run = (environment) => execute(project, folder, file, { node, slot, env: { ...BARE, ...environment } });
    const withPreload = (environment) => run({ ...environment, NODE_OPTIONS: `--require=${JSON.stringify(PRELOAD)}` });
    const bare = await run({});
    count(results.without, bare.outcomes);
    for (const [name, environment] of Object.entries(environments)) {
      const loaded = await withPreload(environment);
      count(results[name], loaded.outcomes);
      const first = differences(bare.outcomes, loaded.outcomes);
      let steady = first;
      let output = loaded.output;
      for (let round = 1; round < ROUNDS && steady.size > 0; round++) {
        const [before, after] = [await run({}), await withPreload(environment)];
        const again = differences(before.outcomes, after.outcomes);
        steady = new Map([...steady].filter(([test, change]) => again.get(test) === change));
        output = after.output;
      }
      results[name].unsteady += first.size - steady.size;
      for (const [test, change] of steady) results[name].differences.set(test === '' ? file : `${file} › ${test}`, { change, output });
    }
  }
}

function count(result, outcomes) {
  // The end of the process is a test if the file reports no others, or if it fails although the file reports all others as passed.
  const named = [...outcomes].filter(([name]) => name !== '');
  for (const [, outcome] of named.length > 0 ? named : outcomes) result[outcome]++;
}

/** Tests with a different outcome, `before → after` by name; '' is the end of the process. */
function differences(before, after) {
  const found = new Map();
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const change = [before.get(name) ?? 'missing', after.get(name) ?? 'missing'];
    if (change[0] !== change[1]) found.set(name, change.join(' → '));
  }
  // A failed test also makes its process fail: that is one difference, not two.
  if (found.size > 1) found.delete('');
  return found;
}

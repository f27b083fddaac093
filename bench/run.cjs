'use strict';
/*
 * npm run bench                      everything, some minutes; writes results.json, the tables in README.md and the chart
 * npm run bench -- --quick           under a minute, rough; writes nothing
 * npm run bench -- --check           exits with 1 when a target is missed
 * npm run bench -- --node PATH       measures on another Node
 * npm run bench -- --only server,hop some of: server hop logLine propagator startUp scale heap pinned story; writes nothing
 * npm run bench -- --rounds N        no more than so many of each
 * npm run bench -- --compare REV     this checkout against a commit: what differs beyond noise; with --check, exits with 1 above 1.10
 *   --instructions                   counts instructions by valgrind, where time says too little
 *   --variants carry,hook            some of what is compared
 */
const { execFileSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const os = require('node:os');
const { parseArgs } = require('node:util');
const { compare } = require('./compare.cjs');
const { canCount } = require('./instructions.cjs');
const { here, median } = require('./processes.cjs');
const { judged, keep } = require('./results.cjs');

const scenarios = {
  server: require('./scenarios/server.cjs'),
  hop: require('./scenarios/hop.cjs'),
  frameworks: require('./scenarios/frameworks.cjs'),
  vendors: require('./scenarios/vendors.cjs'),
  logLine: require('./scenarios/log-line.cjs'),
  propagator: require('./scenarios/propagator.cjs'),
  startUp: require('./scenarios/start-up.cjs'),
  scale: require('./scenarios/scale.cjs'),
  heap: require('./scenarios/heap.cjs'),
  pinned: require('./scenarios/pinned.cjs'),
  story: require('./scenarios/story.cjs'),
};

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
    only: { type: 'string' },
    rounds: { type: 'string' },
    compare: { type: 'string' },
    instructions: { type: 'boolean', default: false },
    variants: { type: 'string' },
  },
});

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});

async function main() {
  if (!existsSync(here('node_modules'))) {
    console.log('Installing the peers to compare with, once.');
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: __dirname, stdio: 'inherit', shell: process.platform === 'win32' });
  }
  const { node, quick, check } = options;
  const rounds = Number(options.rounds) || undefined;
  if (options.compare !== undefined) {
    const { instructions } = options;
    if (instructions && !canCount()) throw new Error('--instructions needs valgrind: sudo apt-get install -y valgrind');
    const worse = await compare(scenarios, options.compare, { names: options.only?.split(','), only: options.variants?.split(','), node, quick, rounds, instructions, sample });
    for (const line of worse) console.error(`WORSE  ${line}`);
    if (check && worse.length > 0) process.exitCode = 1;
    return;
  }
  const names = options.only?.split(',') ?? Object.keys(scenarios);
  const run = {
    node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
    cpu: `${os.cpus()[0].model.trim()}, ${os.cpus().length} cores`,
    date: new Date().toISOString().slice(0, 10),
    peers: versions(),
    scenarios: {},
  };
  console.log(`Node ${run.node}, ${run.cpu}`);
  for (const name of names) {
    if (scenarios[name] === undefined) throw new Error(`--only ${name}: there is no such scenario`);
    run.scenarios[name] = await measured(scenarios[name], { node, quick, rounds });
  }

  const verdict = judged(run);
  console.log('\nTargets');
  for (const { text, value, atMost, met } of verdict) console.log(`  ${met ? 'met   ' : 'MISSED'} ${value.toFixed(3)} ≤ ${atMost}  ${text}`);
  if (!quick && options.only === undefined && process.exitCode === undefined) keep(run);
  if (check && verdict.some(({ met }) => !met)) process.exitCode = 1;
}

/** Rounds A B C A B C, so that what else the machine does hits every variant alike. A variant that fails is an `Error` in place of its samples. */
async function sample({ open }, variants, { node, quick, rounds }) {
  const samples = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  const session = await open({ node, quick, variants });
  try {
    for (let round = 0; round < rounds; round++) {
      const results = await session.round(Object.keys(variants).filter((name) => !(samples[name] instanceof Error)));
      for (const [name, result] of Object.entries(results)) {
        if (result instanceof Error) samples[name] = result;
        else samples[name].push(typeof result === 'number' ? { value: result } : result);
      }
    }
  } finally {
    await session.close();
  }
  return samples;
}

/** Medians over the rounds. */
async function measured(scenario, { node, quick, rounds: asked }) {
  const { title, unit, rounds, variants, more = {} } = scenario;
  console.log(`\n${title}`);
  const samples = await sample(scenario, variants, { node, quick, rounds: Math.min(asked ?? Infinity, quick ? rounds.quick : rounds.full) });
  const results = {};
  for (const [name, variant] of Object.entries(variants)) {
    const { title: what, ours = false } = variant;
    if (samples[name] instanceof Error) {
      console.error(`     FAILED  ${what}: ${samples[name].message}`);
      process.exitCode = 2;
      results[name] = { title: what, ours, value: NaN };
      continue;
    }
    results[name] = { title: what, ours };
    for (const key of ['value', ...Object.keys(more)]) results[name][key] = round(median(samples[name].map((sample) => sample[key])));
    results[name].rounds = samples[name].map(({ value }) => round(value));
    const extra = Object.entries(more).map(([key, of]) => `${results[name][key].toFixed(0)} ${of}`);
    console.log(`  ${results[name].value.toFixed(2).padStart(9)} ${[unit, ...extra].join(', ')}  ${what}  [${results[name].rounds.join(' ')}]`);
  }
  return { title, unit, more, variants: results };
}

function round(value) {
  return Number(value.toPrecision(5));
}

function versions() {
  const names = ['cls-rtracer', 'pino', 'winston', ...['core', 'sdk-node', 'instrumentation-http', 'instrumentation-undici', 'instrumentation-pino', 'instrumentation-winston', 'auto-instrumentations-node'].map((name) => `@opentelemetry/${name}`)];
  const paths = [here('../packages/auto-register'), __dirname];
  return Object.fromEntries(
    names.map((name) => {
      const file = paths.map((path) => `${path}/node_modules/${name}/package.json`).concat(here(`../node_modules/${name}/package.json`)).find(existsSync);
      return [name, require(file).version];
    }),
  );
}

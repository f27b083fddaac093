'use strict';
/*
 * npm run bench                      everything on Node 24 and 26, hours on a slow machine; keeps it in results.json, and writes the
 *                                    tables in README.md and the chart from there
 * npm run bench -- --only server,hop some of: server hop express fastify koa nest hono next logLine propagator startUp scale heap
 *                                    pinned story; keeps them
 * npm run bench -- --node 20,22      on other versions, or on a Node of your own: --node PATH
 * npm run bench -- --check           exits with 1 when a target is missed
 * npm run bench -- --quick           some minutes on the Node that runs this, rough; keeps nothing
 * npm run bench -- --rounds N        no more than so many rounds of each; keeps nothing
 * npm run bench -- --instructions    counts instructions of the servers by valgrind, where time says too little; keeps nothing
 * npm run bench -- --compare REV     this checkout against a commit, on the Node that runs this: what differs beyond noise; with
 *                                    --check, exits with 1 above 1.10; with --instructions, by valgrind
 *   --variants carry,hook            some of what is compared or counted
 */
const { execFileSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const os = require('node:os');
const { parseArgs } = require('node:util');
const { compare } = require('./compare.cjs');
const { canCount } = require('./instructions.cjs');
const { here, median } = require('./processes.cjs');
const { judged, keep } = require('./results.cjs');
const { dependencies, devDependencies } = require('./package.json');

const scenarios = {
  server: require('./scenarios/server.cjs'),
  hop: require('./scenarios/hop.cjs'),
  ...require('./scenarios/frameworks.cjs'),
  logLine: require('./scenarios/log-line.cjs'),
  propagator: require('./scenarios/propagator.cjs'),
  startUp: require('./scenarios/start-up.cjs'),
  scale: require('./scenarios/scale.cjs'),
  heap: require('./scenarios/heap.cjs'),
  pinned: require('./scenarios/pinned.cjs'),
  story: require('./scenarios/story.cjs'),
};

/** Kept with each scenario: they may have been measured on different machines. */
const CPU = `${os.cpus()[0].model.trim()}, ${os.cpus().length} cores`;
/** The lines of Node that are measured by default. */
const SUPPORTED = ['24', '26'];

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    node: { type: 'string' },
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
  install(options.compare === undefined ? [] : ['--omit=dev', '--omit=optional']);
  const { quick, check, instructions } = options;
  if (instructions && !canCount()) throw new Error('--instructions needs valgrind: sudo apt-get install -y valgrind');
  const names = options.only?.split(',');
  for (const name of names ?? []) if (scenarios[name] === undefined) throw new Error(`--only ${name}: there is no such scenario`);
  const rounds = Number(options.rounds) || undefined;
  const only = options.variants?.split(',');
  const kept = !quick && !instructions && rounds === undefined;
  const nodes = options.node?.split(',') ?? (quick || options.compare !== undefined ? [process.execPath] : SUPPORTED);

  for (const node of nodes.map(nodeAt)) {
    if (options.compare !== undefined) {
      const worse = await compare(scenarios, options.compare, { names, only, node, quick, rounds, instructions, sample });
      for (const line of worse) console.error(`WORSE  ${line}`);
      if (check && worse.length > 0) process.exitCode = 1;
      continue;
    }
    const run = { node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(), peers: versions(), scenarios: {} };
    console.log(`\nNode ${run.node}, ${CPU}`);
    for (const name of names ?? Object.keys(scenarios)) {
      if (instructions && scenarios[name].instructions === undefined) continue;
      run.scenarios[name] = await (instructions ? counted(scenarios[name], { node, only }) : measured(scenarios[name], { node, quick, rounds }));
      // At once, so that a later scenario that fails takes nothing away. One in which a variant failed is not kept.
      if (kept && Object.values(run.scenarios[name].variants).every(({ value }) => Number.isFinite(value))) keep({ ...run, scenarios: { [name]: run.scenarios[name] } });
    }
    const verdict = judged(run);
    console.log('\nTargets');
    for (const { text, value, atMost, met } of verdict) console.log(`  ${met ? 'met   ' : 'MISSED'} ${value.toFixed(3)} ≤ ${atMost}  ${text}`);
    if (check && verdict.some(({ met }) => !met)) process.exitCode = 1;
  }
}

/** A comparison of two commits needs neither the frameworks and tracers (dev) nor the versions of Node (optional): it leaves them out. */
function install(omit) {
  if (existsSync(here('node_modules', omit.length > 0 ? 'pino' : 'next'))) return;
  console.log('Installing the peers to compare with, once.');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', ...omit], { cwd: __dirname, stdio: 'inherit', shell: process.platform === 'win32' });
}

/** The path of a Node: of an installed major version, or the path that was given. */
function nodeAt(node) {
  if (!/^\d+$/.test(node)) return node;
  const file = here(`node_modules/node${node}/bin/node`);
  if (!existsSync(file)) throw new Error(`--node ${node}: installed are 20, 22, 24 and 26, for Linux on x64; give a path`);
  return file;
}

/** Rounds A B C A B C, so that other work on the machine affects all variants alike. A variant that fails is an `Error` in place of its samples. */
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
  const { title, unit, rounds, variants: all, more = {} } = scenario;
  console.log(`\n${title}`);
  const major = Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))[1]);
  const variants = Object.fromEntries(Object.entries(all).filter(([, { since = 0 }]) => major >= since));
  const busy = os.loadavg()[0];
  const samples = await sample(scenario, variants, { node, quick, rounds: Math.min(asked ?? Infinity, quick ? rounds.quick : rounds.full) });
  const results = {};
  for (const [name, { title: what, ours = false }] of Object.entries(variants)) {
    results[name] = { title: what, ours };
    if (samples[name] instanceof Error) {
      console.error(`     FAILED  ${what}: ${samples[name].message}`);
      process.exitCode = 2;
      results[name].value = NaN;
      continue;
    }
    for (const key of ['value', ...Object.keys(more)]) results[name][key] = round(median(samples[name].map((sample) => sample[key])));
    results[name].rounds = samples[name].map(({ value }) => round(value));
    const extra = Object.entries(more).map(([key, of]) => `${results[name][key].toFixed(0)} ${of}`);
    console.log(`  ${results[name].value.toFixed(2).padStart(9)} ${[unit, ...extra].join(', ')}  ${what}  [${results[name].rounds.join(' ')}]`);
  }
  return { title, unit, more, cpu: CPU, date: new Date().toISOString().slice(0, 10), load: round(Math.max(busy, os.loadavg()[0])), variants: results };
}

/** Thousands of instructions of each variant, one after the other. */
async function counted({ title, instructions, variants }, { node, only }) {
  console.log(`\n${title}: thousands of instructions`);
  const results = {};
  for (const [name, variant] of Object.entries(variants)) {
    if (only !== undefined && !only.includes(name)) continue;
    results[name] = { title: variant.title, value: await instructions(node, variant) };
    console.log(`  ${results[name].value.toFixed(1).padStart(9)}  ${variant.title}`);
  }
  return { title, variants: results };
}

function round(value) {
  return Number(value.toPrecision(5));
}

/** The versions of the packages that are measured. */
function versions() {
  const names = Object.keys({ ...dependencies, ...devDependencies });
  const places = [here('../packages/auto-register'), __dirname, here('..')];
  return Object.fromEntries(names.map((name) => [name, require(places.map((place) => `${place}/node_modules/${name}/package.json`).find(existsSync)).version]));
}

'use strict';
/*
 * This checkout against a commit, in turn: what differs beyond noise. The commit is built in a folder of its own, with the packages that
 * are installed here. This checkout's bench measures both.
 */
const { execFileSync, spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { here, median } = require('./processes.cjs');

const ROOT = here('..');
/** What is compared: only variants of ours. */
const COMPARED = {
  server: ['carry', 'hops'],
  hop: ['http.carry', 'http.hops', 'fetch.carry'],
  logLine: ['hook', 'mixin'],
  propagator: ['inject.ours', 'extract.ours', 'nothing.ours'],
};
/** A check fails if a median is above this, beyond noise. */
const WORST = 1.1;

/** Compares time or instructions, prints a line for each variant, and returns what got worse than is allowed. */
exports.compare = async function compare(scenarios, revision, { names = Object.keys(COMPARED), only, instructions, ...options }) {
  const before = new Checkout(revision);
  const interrupted = () => {
    before.remove();
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const worse = [];
  try {
    if (!before.build()) {
      console.error(`${revision} cannot be built with the packages that are installed here: nothing is compared.`);
      return worse;
    }
    for (const name of names) {
      if (COMPARED[name] === undefined) throw new Error(`--only ${name}: compared are ${Object.keys(COMPARED).join(', ')}`);
      const chosen = COMPARED[name].filter((variant) => only === undefined || only.includes(variant));
      worse.push(...(await (instructions ? byInstructions : byTime)(scenarios[name], chosen, before, options)));
    }
  } finally {
    before.remove();
  }
  return worse;
};

async function byInstructions({ title, variants, instructions }, chosen, before, { node }) {
  console.log(`\n${title}: ${before.revision} → this checkout, instructions`);
  const worse = [];
  for (const now of chosen.map((name) => variants[name])) {
    // Two at a time: a busy machine changes no count.
    const [old, found] = await Promise.all([before.variant(now), now].map((one) => instructions(node, one)));
    console.log(`  ${(found / old).toFixed(3)}  ${now.title}  [${old.toPrecision(4)} → ${found.toPrecision(4)} thousand]`);
    if (found / old > WORST) worse.push(`${now.title}: ${(found / old).toFixed(3)} > ${WORST}`);
  }
  return worse;
}

async function byTime(scenario, chosen, before, { node, quick, rounds = quick ? 8 : 15, sample }) {
  console.log(`\n${scenario.title}: ${before.revision} → this checkout, ratio of medians in pairs, and where it lies in 95 of 100 runs`);
  const variants = {};
  for (const name of chosen) {
    variants[`${name}@before`] = before.variant(scenario.variants[name]);
    variants[name] = scenario.variants[name];
  }
  const samples = await sample(scenario, variants, { node, quick, rounds });
  for (const result of Object.values(samples)) if (result instanceof Error) throw result;
  const worse = [];
  for (const name of chosen) {
    // A server gives one value for each window, since both had their windows in turn. A process gives one value for each run.
    const [old, now] = [`${name}@before`, name].map((which) => samples[which].flatMap(({ costs, value }) => costs ?? [value]));
    const found = ratioOf(old, now);
    console.log(`  ${shown(found)}  ${variants[name].title}  [${median(old).toPrecision(4)} → ${median(now).toPrecision(4)} ${scenario.unit}, ${now.length} pairs]`);
    if (found.ratio > WORST && found.low > 1) worse.push(`${variants[name].title}: ${found.ratio.toFixed(3)} > ${WORST}`);
  }
  return worse;
}

/** A commit in a folder of its own, built with the packages that are installed here. */
class Checkout {
  constructor(revision) {
    this.revision = revision;
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'corr-compare-'));
    execFileSync('git', ['worktree', 'add', '--quiet', '--force', '--detach', this.folder, revision], { cwd: ROOT, stdio: 'inherit' });
    for (const folder of ['.', ...readdirSync(path.join(ROOT, 'packages')).map((name) => `packages/${name}`)]) this.link(folder);
  }

  /** True if it could be built. */
  build() {
    return spawnSync('npm', ['run', '--silent', 'build'], { cwd: this.folder, stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
  }

  /** Links what is installed here, except the packages of the checkout itself. */
  link(folder) {
    const [from, to] = [ROOT, this.folder].map((root) => path.join(root, folder, 'node_modules'));
    if (!existsSync(from)) return;
    mkdirSync(path.join(to, '@corr'), { recursive: true });
    for (const name of readdirSync(from)) if (name !== '@corr') symlinkSync(path.join(from, name), path.join(to, name));
    if (folder === '.') for (const name of readdirSync(path.join(this.folder, 'packages'))) symlinkSync(path.join(this.folder, 'packages', name), path.join(to, '@corr', name));
  }

  variant({ nodeArgs = [], env = {}, ...variant }) {
    return { ...variant, nodeArgs: nodeArgs.map((arg) => arg.replace(path.join(ROOT, 'packages'), path.join(this.folder, 'packages'))), env: { ...env, BENCH_ROOT: this.folder } };
  }

  remove() {
    execFileSync('git', ['worktree', 'remove', '--force', this.folder], { cwd: ROOT });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * The median of the ratios of pairs, and an interval that contains it in 95 of 100 runs. It comes from order statistics, so the noise may
 * look like anything. Fewer than six pairs have no such interval.
 */
function ratioOf(old, now) {
  const ratios = now.map((value, i) => value / old[i]).sort((a, b) => a - b);
  if (ratios.length < 6) return { ratio: median(ratios), low: 0, high: Infinity };
  const out = Math.max(0, Math.floor(ratios.length / 2 - 0.98 * Math.sqrt(ratios.length)) - 1);
  return { ratio: median(ratios), low: ratios[out], high: ratios[ratios.length - 1 - out] };
}

function shown({ ratio, low, high }) {
  const verdict = low > 1 ? 'dearer ' : high < 1 ? 'cheaper' : 'equal  ';
  return `${verdict} ${ratio.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

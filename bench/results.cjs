'use strict';
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { chart } = require('./chart.cjs');
const { here } = require('./processes.cjs');
const targets = require('./targets.cjs');

const FILE = here('results.json');
const README = here('README.md');
/** A load average of more is not the bench's alone: the server, the load process and the threads that write lines make up to 3.3. */
const BUSY = 3.5;
/** The order of the tables. */
const ORDER = ['server', 'hop', 'express', 'fastify', 'koa', 'nest', 'hono', 'next', 'logLine', 'propagator', 'startUp', 'scale', 'heap', 'pinned', 'story'];

/** The targets that this run measured, with what came out. */
exports.judged = (run) => targets.map((target) => judge(target, run)).filter((verdict) => verdict !== undefined);

/** undefined if the run did not measure it, because a peer is not installed or the scenario was not asked for. */
function judge({ scenario, name, of, note, atMost, value }, { scenarios }) {
  if ([name, of].some((variant) => variant !== undefined && scenarios[scenario]?.variants[variant] === undefined)) return undefined;
  const { title, variants } = scenarios[scenario];
  const found = value((variant) => variants[variant].value ?? NaN, (variant) => variants[variant]);
  const compared = [variants[name].title, ...(of === undefined ? [] : [variants[of].title])].join(' / ');
  return { text: `${title.split(':')[0]}: ${compared}${note === undefined ? '' : ` (${note})`}`, value: found, atMost, met: found <= atMost, busy: isBusy(scenarios[scenario]) };
}

/** Puts scenarios into results.json, in place of the same major's last ones, and draws the tables and the chart again. */
exports.keep = function keep(run) {
  const major = run.node.slice(1).split('.')[0];
  const all = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
  all[major] = { ...run, scenarios: { ...all[major]?.scenarios, ...run.scenarios } };
  writeFileSync(FILE, `${JSON.stringify(all, null, 1)}\n`);
  exports.draw();
};

exports.draw = function draw() {
  const runs = Object.values(JSON.parse(readFileSync(FILE, 'utf8'))).reverse();
  writeFileSync(here('server.svg'), chart(runs.filter(({ scenarios }) => scenarios.server !== undefined)));
  const names = ORDER.filter((name) => runs.some(({ scenarios }) => scenarios[name] !== undefined));
  const tables = [conditions(runs), verdicts(runs), ...names.map((name) => table(runs.filter(({ scenarios }) => scenarios[name] !== undefined), name))];
  const readme = readFileSync(README, 'utf8');
  const marked = /(<!-- generated -->\n)[^]*(\n<!-- end -->)/;
  writeFileSync(README, readme.replace(marked, (_, start, end) => `${start}\n${tables.join('\n\n')}\n${end}`));
};

function conditions(runs) {
  const peers = Object.entries(runs[0].peers).map(([name, version]) => `${name} ${version}`);
  return [...runs.map(({ node }) => `- Node ${node}`), `- ${peers.join(', ')}`].join('\n');
}

function verdicts(runs) {
  const shownVerdict = (verdict) => (verdict === undefined ? '' : `${verdict.value.toFixed(3)} ${verdict.met ? '✓' : '✗ missed'}${verdict.busy ? ' (busy)' : ''}`);
  const rows = targets
    .map((target) => runs.map((run) => judge(target, run)))
    .filter((judged) => judged.some((verdict) => verdict !== undefined))
    .map((judged) => {
      const { text, atMost } = judged.find((verdict) => verdict !== undefined);
      return [text, atMost, ...judged.map(shownVerdict)];
    });
  const busy = '(busy): measured while the machine did other work as well, so the ratio says little.';
  const table = rendered('Targets: ratios of medians', ['', 'at most', ...runs.map(({ node }) => node)], rows);
  return rows.some((row) => row.some((cell) => String(cell).endsWith('(busy)'))) ? `${table}\n\n${busy}` : table;
}

function table(runs, name) {
  const { title, unit, more } = runs[0].scenarios[name];
  const columns = { value: unit, ...more };
  const heads = runs.flatMap(({ node }) => Object.values(columns).map((what) => `${node}: ${what}`));
  const variants = Object.assign({}, ...runs.toReversed().map(({ scenarios }) => scenarios[name].variants));
  const rows = Object.entries(variants).map(([variant, { title: what, ours }]) => [
    ours ? `**${what}**` : what,
    ...runs.flatMap(({ scenarios }) => Object.keys(columns).map((key) => shown(scenarios[name].variants[variant]?.[key]))),
  ]);
  return `${rendered(title, ['', ...heads], rows)}\n\n${runs.map(when(name)).join('; ')}.`;
}

/** When and on what a scenario was measured, and whether the machine was busy with other work. */
const when = (name) => ({ node, scenarios }) => {
  const { date, load, cpu } = scenarios[name];
  return `${node}: ${date}, ${cpu}${isBusy(scenarios[name]) ? `, on a busy machine (load average ${load.toFixed(1)})` : ''}`;
};

/** Other work changes times. It changes no bytes. */
function isBusy({ load, unit }) {
  return load > BUSY && !unit.startsWith('bytes');
}

function rendered(title, heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [`### ${title}`, '', line(heads), line(heads.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function shown(value) {
  if (value === undefined || value === null) return '';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

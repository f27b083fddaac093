'use strict';
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { chart } = require('./chart.cjs');
const { here } = require('./processes.cjs');
const targets = require('./targets.cjs');

const FILE = here('results.json');
const README = here('README.md');

/** The targets that this run measured, with what came out. */
exports.judged = function judged({ scenarios }) {
  return targets
    // A peer that is not installed is not measured.
    .filter(({ scenario, name, of }) => [name, of].every((variant) => variant === undefined || scenarios[scenario]?.variants[variant] !== undefined))
    .map(({ scenario, name, of, note, atMost, value }) => {
      const { title, variants } = scenarios[scenario];
      const found = value((variant) => variants[variant].value, (variant) => variants[variant]);
      const compared = [variants[name].title, ...(of === undefined ? [] : [variants[of].title])].join(' / ');
      return { text: `${title.split(':')[0]}: ${compared}${note === undefined ? '' : ` (${note})`}`, value: found, atMost, met: found <= atMost };
    });
};

/** Takes the run into results.json, in place of the last one on the same major of Node, and draws tables and chart anew. */
exports.keep = function keep(run) {
  const major = run.node.slice(1).split('.')[0];
  const all = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
  all[major] = run;
  writeFileSync(FILE, `${JSON.stringify(all, null, 1)}\n`);
  const runs = Object.values(all).reverse();
  writeFileSync(here('server.svg'), chart(runs));
  const tables = [conditions(runs), verdicts(runs), ...Object.keys(run.scenarios).map((name) => table(runs, name))];
  const readme = readFileSync(README, 'utf8');
  const marked = /(<!-- generated -->\n)[^]*(\n<!-- end -->)/;
  writeFileSync(README, readme.replace(marked, (_, start, end) => `${start}\n${tables.join('\n\n')}\n${end}`));
  console.log(`\nWritten: ${[FILE, README, here('server.svg')].join(', ')}`);
};

function conditions(runs) {
  const lines = runs.map(({ node, cpu, date }) => `- Node ${node}, ${cpu}, ${date}`);
  const peers = Object.entries(runs[0].peers).map(([name, version]) => `${name} ${version}`);
  return [...lines, `- ${peers.join(', ')}`].join('\n');
}

function verdicts(runs) {
  const judged = runs.map(exports.judged);
  const rows = judged[0].map(({ text, atMost }, i) => [
    text,
    atMost,
    ...judged.map((verdict) => `${verdict[i].value.toFixed(3)} ${verdict[i].met ? '✓' : '✗ missed'}`),
  ]);
  return rendered('Targets: ratios of medians', ['', 'at most', ...runs.map(({ node }) => node)], rows);
}

function table(runs, name) {
  const { title, unit, more, variants } = runs[0].scenarios[name];
  const columns = { value: unit, ...more };
  const heads = runs.flatMap(({ node }) => Object.values(columns).map((what) => `${node}: ${what}`));
  const rows = Object.entries(variants).map(([variant, { title: what, ours }]) => [
    ours ? `**${what}**` : what,
    ...runs.flatMap(({ scenarios }) => Object.keys(columns).map((key) => shown(scenarios[name].variants[variant]?.[key]))),
  ]);
  return rendered(title, ['', ...heads], rows);
}

function rendered(title, heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [`### ${title}`, '', line(heads), line(heads.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function shown(value) {
  if (value === undefined) return '';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

'use strict';
/* npm run bench:install   what an installation puts on disk, by way of carrying an ID; writes the table in README.md */
const { execFileSync } = require('node:child_process');
const { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { here } = require('./processes.cjs');

const work = mkdtempSync(path.join(os.tmpdir(), 'corr-install-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
const npm = (cwd, ...args) => execFileSync('npm', [...args, '--silent', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd, encoding: 'utf8' });

const ours = ['propagator', 'log-bridge', 'auto-register'];
npm(here('..'), 'pack', '--pack-destination', work, ...ours.flatMap((name) => ['--workspace', `@corr/${name}`]));
const tarballs = ours.map((name) => path.join(work, readdirSync(work).find((file) => file.startsWith(`corr-${name}-`))));

const VARIANTS = [
  ['**@corr/auto-register, `--omit=optional`: carry mode**', ...tarballs, '--omit=optional'],
  ['cls-rtracer', 'cls-rtracer'],
  ['**@corr/auto-register: carry and trace mode**', ...tarballs],
  ['@opentelemetry/auto-instrumentations-node, with the API it asks for', '@opentelemetry/auto-instrumentations-node', '@opentelemetry/api'],
];

const rows = VARIANTS.map(([title, ...install], i) => {
  const folder = path.join(work, `app-${i}`);
  execFileSync('mkdir', [folder]);
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  npm(folder, 'install', ...install);
  const modules = path.join(folder, 'node_modules');
  const { packages } = JSON.parse(readFileSync(path.join(modules, '.package-lock.json'), 'utf8'));
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
  const first = install[0].startsWith(work) ? '@corr/auto-register' : install[0];
  const { version } = packages[`node_modules/${first}`];
  console.log(`${title}: ${Object.keys(packages).length} packages, ${(bytes / 1e6).toFixed(1)} MB`);
  return `| ${title} | ${version} | ${Object.keys(packages).length} | ${files.length} | ${(bytes / 1e6).toFixed(1)} |`;
});

const npmVersion = execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim();
const table = [
  '### Install: what `npm install` puts on disk',
  '',
  `npm ${npmVersion}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}. Packages as npm's own lock counts them; bytes of all files.`,
  '',
  '|  | version | packages | files | MB |',
  '| --- | ---: | ---: | ---: | ---: |',
  ...rows,
].join('\n');
const README = here('README.md');
writeFileSync(README, readFileSync(README, 'utf8').replace(/(<!-- install -->\n)[^]*(\n<!-- end of install -->)/, (_, start, end) => `${start}\n${table}\n${end}`));

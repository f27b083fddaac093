#!/usr/bin/env node
import { statSync } from 'node:fs';
import path = require('node:path');
import { parseArgs } from 'node:util';
import { unsupported } from './supported';

const { version } = require('../package.json') as { version: string };
const USAGE = `@corr/auto-register ${version}

node -r @corr/auto-register app.js     start an application with it
npx @corr/auto-register check [app.js] try it in this folder, or in that of app.js, with this environment
  --json                               the same as JSON
npx @corr/auto-register --version

check exits with 0 when everything works, else with 1. Options are environment variables: CORR_DEBUG=true shows those in force.`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, version: { type: 'boolean', short: 'v' }, help: { type: 'boolean', short: 'h' } },
  });
  const [command, app, ...more] = positionals;
  if (values.version === true) return say(version);
  if (command === undefined || values.help === true) return say(USAGE);
  if (command !== 'check' || more.length > 0) throw new Error(`unknown command: ${positionals.join(' ')}`);
  if (app !== undefined && statSync(app, { throwIfNoEntry: false }) === undefined) throw new Error(`no such file: ${app}`);
  const problem = unsupported(process.versions);
  if (problem !== undefined) throw new Error(problem.message);

  const { check } = require('./check/check') as typeof import('./check/check');
  const findings = await check(process.cwd(), app, process.env);
  const ok = findings.every((finding) => finding.ok);
  say(values.json === true ? JSON.stringify({ ok, version, folder: app === undefined ? process.cwd() : path.dirname(path.resolve(app)), findings }, undefined, 2) : table(findings));
  return ok ? 0 : 1;
}

function table(findings: readonly { what: string; ok: boolean; found: string; advice?: string }[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings.map(({ what, ok, found, advice }) => `${ok ? '✓' : '✗'} ${what.padEnd(width)}  ${found}${advice === undefined ? '' : `\n  ${' '.repeat(width)}  → ${advice}`}`).join('\n');
}

/** Prints a text with its control characters escaped: it can contain environment values and paths. */
function say(text: string): number {
  console.log(text.replace(/[^\P{Cc}\n]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`));
  return 0;
}

main().then(
  (code) => void (process.exitCode = code),
  (error: unknown) => {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 1;
  },
);

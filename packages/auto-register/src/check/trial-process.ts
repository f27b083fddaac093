import { fork } from 'node:child_process';
import path = require('node:path');
import type { LoggerToTry, Trial } from './trial';

/** The result of a trial, and the lines that the preload wrote to stderr. */
export interface Tried {
  trial?: Trial;
  error?: string;
  warnings: string[];
}

const LIMIT = 30_000; // milliseconds
const TRIAL = path.join(__dirname, 'trial.js');
const PRELOAD = path.join(__dirname, '../register.js');

const LOADED = `const { trial } = createRequire(${JSON.stringify(TRIAL)})(${JSON.stringify(TRIAL)});
const done = (message) => process.send(message, () => process.disconnect());
trial({ createServer, request }, load, JSON.parse(process.env.CORRELATION_ID_CHECK)).then((trial) => done({ trial }), (error) => done({ error: String(error) }));`;

const PROGRAMS = {
  commonjs: `const { createServer, request } = require('node:http');
const { createRequire } = require('node:module');
const load = (specifier) => require(specifier);
${LOADED}`,
  module: `import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
const load = async (specifier) => {
  const exported = await import(specifier);
  return 'createConsola' in exported ? exported : (exported.default ?? exported);
};
${LOADED}`,
};

/** Runs a trial in a separate process, as an application of that kind in that folder. */
export function tryIn(kind: keyof typeof PROGRAMS, cwd: string, env: NodeJS.ProcessEnv, loggers: readonly LoggerToTry[]): Promise<Tried> {
  return new Promise((resolve) => {
    const child = fork('', [], {
      cwd,
      env: { ...env, CORRELATION_ID_CHECK: JSON.stringify(loggers) },
      execArgv: ['-r', PRELOAD, `--input-type=${kind}`, '--eval', PROGRAMS[kind]],
      silent: true,
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
    let told: { trial?: Trial; error?: string } = {};
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
    child.stdout?.resume();
    child.on('message', (message) => void (told = message as typeof told));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ours = /^\[@corr\/auto-register\] (?!debug: )(.+)$/gm;
      const warnings = [...stderr.matchAll(ours)].map(([, message]) => message as string);
      const last = stderr.trim().split('\n').find((line) => /Error/.test(line)) ?? '';
      const error = told.trial === undefined ? (told.error ?? `the process ended by ${signal ?? `code ${code}`}. ${last}`.trim()) : undefined;
      resolve({ ...told, ...(error === undefined ? {} : { error }), warnings });
    });
  });
}

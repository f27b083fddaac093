/* Runs one test file of a project in a separate process, and returns the outcome of each test in it. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { outcomesIn } from './tap.mjs';

const TIMEOUT = 120_000;
const KEPT = 2 ** 24; // characters of a file's output

/** How each test runner is told to run one file and to report in TAP. */
const RUNNERS = {
  node: (file, folder) => [...flagsOf(path.join(folder, file)), file],
  'node:test': (file) => ['--test-reporter=tap', file],
  mocha: (file, folder) => [program(folder, 'mocha', 'mocha'), '--reporter', 'tap', '--exit', file],
  lab: (file, folder) => [program(folder, '@hapi/lab', 'lab'), '--reporter', 'tap', file],
  ava: (file, folder) => [program(folder, 'ava', 'ava'), '--tap', file],
  vitest: (file, folder) => [program(folder, 'vitest', 'vitest'), 'run', '--reporter=tap-flat', file],
};

/** Returns the outcome of each test, the end of the process included, and the output. */
export function execute(project, folder, file, { node, env, slot }) {
  const [first, ...rest] = RUNNERS[project.runner](file, folder);
  const args = project.runner === 'node' || project.runner === 'node:test' ? [first, ...rest] : [first, ...(project.args ?? []), ...rest];
  const child = spawn(node, args, {
    cwd: folder,
    env: { ...process.env, ...project.env, TEST_THREAD_ID: String(slot), FORCE_COLOR: '0', ...env, NODE_OPTIONS: [env.NODE_OPTIONS, project.env?.NODE_OPTIONS].filter(Boolean).join(' ') },
    detached: true, // a separate process group, which is ended as a whole
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => said[name].length < KEPT && (said[name] += text));
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child.pid);
  }, TIMEOUT);
  return new Promise((resolve) => {
    child.on('exit', () => endGroup(child.pid)); // processes that it left running keep its output open
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const skipped = project.runner === 'node' && /^1\.\.0 # Skipped/m.test(said.stdout);
      const outcomes = project.runner === 'node' ? new Map() : outcomesIn(said.stdout);
      outcomes.set('', timedOut || signal !== null || code !== 0 ? 'failed' : skipped ? 'skipped' : 'passed');
      resolve({ outcomes, output: `${timedOut ? `ended after ${TIMEOUT / 1000} s\n` : ''}${said.stdout}\n${said.stderr}` });
    });
  });
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of its processes have ended.
  }
}

function program(folder, name, bin) {
  const home = path.join(folder, 'node_modules', name);
  const { bin: bins } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
  return path.join(home, typeof bins === 'string' ? bins : bins[bin]);
}

/** Node's own tests name the flags that they need in a comment. */
function flagsOf(file) {
  return /^\/\/ Flags:(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1].trim().split(/\s+/) ?? [];
}

'use strict';
/*
 * Instructions instead of time, counted by valgrind, however busy the machine is. Only the process's own instructions are counted. The
 * kernel's work is not among them, and a cache miss costs nothing. A server's counts include compiling, and differ by a few per cent.
 *
 * A process is run twice, the second time with three times the work. The difference is the cost of the work, without the start. V8
 * compiles on the main thread and draws the same random numbers, so that two runs do nearly the same.
 */
const { spawnSync } = require('node:child_process');
const { Child, here } = require('./processes.cjs');

const VALGRIND = ['valgrind', '--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null'];
const V8 = ['--single-threaded', '--predictable', '--hash-seed=1', '--random-seed=1'];

exports.canCount = () => spawnSync('valgrind', ['--version']).status === 0;

/** Thousands of instructions of a server per request, on one connection. */
exports.ofServer = ({ app: shared, requests }) => async (node, { app = shared, nodeArgs, env, setup = '', path, echoes }) => {
  const driver = new Child(process.execPath, here('driver.cjs'));
  const { upstream } = await driver.answer();
  try {
    const settings = { nodeArgs, env: { ...env, BENCH_VARIANT: setup, BENCH_UPSTREAM: String(upstream) } };
    return await perPiece(node, here('apps', app), requests, () => settings, async (server, count) => {
      const { port } = await server.answer();
      await driver.ask({ port, path, connections: 1, requests: count, echo: echoes === true });
      server.process.disconnect();
    });
  } finally {
    await driver.stop();
  }
};

/** The same of a process that repeats something as often as its last argument says, warm-up included. */
exports.ofProcess = ({ app, count }) => (node, { nodeArgs, env, args }) =>
  perPiece(node, here('apps', app), count, (times) => ({ nodeArgs, env, args: [...args, String(times)] }), (child) => child.answer());

/** Thousands of instructions for each of `count` pieces of work. `settings(count)` are those of the process, which `work` then drives. */
async function perPiece(node, file, count, settings, work) {
  const counts = [];
  for (const pieces of [count, 3 * count]) {
    const { nodeArgs = [], ...options } = settings(pieces);
    const child = new Child(VALGRIND[0], file, { ...options, nodeArgs: [...VALGRIND.slice(1), node, ...V8, ...nodeArgs] });
    await work(child, pieces);
    await child.gone;
    const [, all] = /I\s+refs:\s+([\d,]+)/.exec(child.stderr) ?? [];
    if (all === undefined) throw new Error(`${child.name}: ${child.stderr}`);
    counts.push(Number(all.replaceAll(',', '')));
  }
  return (counts[1] - counts[0]) / (2 * count) / 1000;
}

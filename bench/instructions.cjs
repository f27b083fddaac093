'use strict';
/*
 * Instructions instead of time, counted by valgrind: a change of one per cent shows, however busy the machine is. They are those
 * of the process alone: what the kernel does, and what a cache misses, is not in them.
 *
 * A process is run twice, the second time with three times the work; the difference is the work. V8 compiles on the same thread,
 * and draws the same random numbers, so that two runs do the same.
 */
const { spawnSync } = require('node:child_process');
const { Child, here } = require('./processes.cjs');

const VALGRIND = ['valgrind', '--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null'];
const V8 = ['--single-threaded', '--predictable', '--hash-seed=1', '--random-seed=1'];

exports.canCount = () => spawnSync('valgrind', ['--version']).status === 0;

/** Thousands of instructions of a server per request, on one connection. */
exports.ofServer = ({ app, requests }) => async (node, { nodeArgs, env }) => {
  const driver = new Child(process.execPath, here('driver.cjs'));
  const { upstream } = await driver.answer();
  try {
    return await difference(node, here('apps', app), requests, { nodeArgs, env: { ...env, BENCH_UPSTREAM: String(upstream) } }, async (server, count) => {
      const { port } = await server.answer();
      await driver.ask({ port, connections: 1, requests: count, echo: true });
      server.process.disconnect();
    });
  } finally {
    await driver.stop();
  }
};

/** The same of a process that repeats something as often as its last argument says, warming up included. */
exports.ofProcess = ({ app, count }) => (node, { nodeArgs, env, args }) =>
  difference(node, here('apps', app), count, { nodeArgs, env, args }, (child) => child.answer());

async function difference(node, file, count, { nodeArgs = [], args = [], env }, work) {
  const counts = [];
  for (const times of [1, 3]) {
    const order = app(args, count * times);
    const child = new Child(VALGRIND[0], file, { env, args: order, nodeArgs: [...VALGRIND.slice(1), node, ...V8, ...nodeArgs] });
    await work(child, count * times);
    await child.gone;
    const [, all] = /I\s+refs:\s+([\d,]+)/.exec(child.stderr) ?? [];
    if (all === undefined) throw new Error(`${child.name}: ${child.stderr}`);
    counts.push(Number(all.replaceAll(',', '')));
  }
  return (counts[1] - counts[0]) / (2 * count) / 1000;
}

/** A server takes no arguments. */
function app(args, count) {
  return args.length === 0 ? [] : [...args, String(count)];
}

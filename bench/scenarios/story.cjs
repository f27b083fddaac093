'use strict';
const { execFileSync, spawnSync } = require('node:child_process');
const { linkSync, mkdtempSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { performance } = require('node:perf_hooks');
const { here, oneByOne } = require('../processes.cjs');
const { makeLogs, shiftLog } = require('../story-logs.cjs');

const story = (...args) => ({ ours: true, story: args });
const shell = (command) => ({ shell: command });
const WHOLE = ['plain/*.log'];

/** `{id}`, `{timed}`, `{since}` and `{until}` are of the logs that were made. Each runs in their folder, with its output in a file. */
const variants = {
  'one.plain': { title: 'one ID, plain', ...story('{id}', 'plain') },
  'one.rg': { title: 'one ID, plain: rg -F', ...shell(`rg -F {id} ${WHOLE}`), needs: 'rg' },
  'one.grep': { title: 'one ID, plain: grep -F', ...shell(`grep -F {id} ${WHOLE}`) },
  'one.gzip': { title: 'one ID, gzip', ...story('{id}', 'gzip') },
  'one.zgrep': { title: 'one ID, gzip: zgrep -F', ...shell('zgrep -F {id} gzip/*.gz') },
  'one.zstd': { title: 'one ID, zstd', ...story('{id}', 'zstd'), needs: 'zstd' },
  'one.zstdgrep': { title: 'one ID, zstd: zstd -dc | grep -F', ...shell('zstd -dcq zstd/*.zst | grep -F {id}'), needs: 'zstd' },
  'one.five': { title: 'one ID, five times as much', ...story('{id}', 'five') },
  'one.fiveGrep': { title: 'one ID, five times as much: grep -F', ...shell('grep -F {id} five/*.log') },
  failed: { title: '--failed', ...story('--failed', 'plain') },
  'failed.rg': {
    title: '--failed: rg, sed, sort, uniq',
    ...shell(`rg -I '"statusCode":5' ${WHOLE} | sed 's/.*"correlation_id":"\\([^"]*\\)".*/\\1/' | sort | uniq`),
    needs: 'rg',
  },
  'failed.jq': { title: '--failed: jq', ...shell(`cat ${WHOLE} | jq -r 'select(.res.statusCode >= 500) | .correlation_id'`), needs: 'jq', once: true },
  'failed.lines': { title: 'all lines of every failed request', ours: true, node: [here('apps/story-lines.cjs'), 'plain'] },
  'failed.rgLines': { title: 'all lines of every failed request: rg -F -f', ...shell(`rg -I -F -f ids ${WHOLE}`), needs: 'rg', once: true },
  window: { title: 'one second of it, by --since and --until', ...story('{id}', '--since', '{since}', '--until', '{until}', 'plain') },
  'window.five': { title: 'the same in five times as much', ...story('{id}', '--since', '{since}', '--until', '{until}', 'five') },
  'one.ten': { title: 'one ID, ten times as much', ...story('{id}', 'ten') },
  'window.ten': { title: 'one second of it, by --since and --until, in ten times as much', ...story('{id}', '--since', '{since}', '--until', '{until}', 'ten') },
  'timed.ten': { title: 'an ID that is a UUIDv7, in ten times as much', ...story('{timed}', 'ten') },
  many: { title: 'a story of 100,000 lines, alone', ...story('many-1', 'many') },
  few: { title: 'a story of few lines, alone', ...story('{id}', 'few') },
  empty: { title: 'node -e 0', node: ['-e', '0'] },
};

module.exports = {
  title: 'Story: one GiB of lines of five services, page cache warm, output to a file',
  unit: 'ms',
  rounds: { full: 3, quick: 1 },
  variants: Object.fromEntries(Object.entries(variants).filter(([, { needs }]) => needs === undefined || isThere(needs))),
  more: { memory: 'MiB at most' },

  async open({ node, quick }) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-'));
    const { sample, timed, from, to } = makeLogs(path.join(folder, 'plain'), quick ? 100_000 : undefined);
    const run = (command) => execFileSync('bash', ['-c', command], { cwd: folder });
    run('mkdir gzip zstd five ten few many; for f in plain/*.log; do n=${f##*/}; gzip -1 -c $f > gzip/$n.gz; done');
    if (isThere('zstd')) run('for f in plain/*.log; do n=${f##*/}; zstd -q -1 -c $f > zstd/$n.zst; done');
    // The same lines again and again, each time later, as rotated files have them. Hard links are files of their own that take no space.
    for (const name of readdirSync(path.join(folder, 'plain'))) {
      for (let i = 0; i < 10; i++) {
        const copy = path.join(folder, 'ten', `${i}-${name}`);
        if (i === 0) linkSync(path.join(folder, 'plain', name), copy);
        else shiftLog(path.join(folder, 'plain', name), copy, i * (to - from));
        if (i < 5) linkSync(copy, path.join(folder, 'five', `${i}-${name}`));
      }
    }
    writeFileSync(path.join(folder, 'many/all.log'), manyLines());
    const failed = JSON.parse(execFileSync(node, [here('../packages/story/dist/cli.js'), '--failed', '--json', 'plain'], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 }));
    writeFileSync(path.join(folder, 'ids'), failed.map(({ id }) => `${id}\n`).join(''));
    const id = sample[5];
    run(`grep -hF ${id} ${WHOLE} > few/all.log || true`);
    const at = Number(/"time":(\d+)/.exec(execFileSync('head', ['-1', path.join(folder, 'few/all.log')], { encoding: 'utf8' }))?.[1] ?? from);
    const values = { id, timed: timed[5], since: new Date(at - 500).toISOString(), until: new Date(at + 1500).toISOString() };
    const filled = (text) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const commands = { story: (args) => [node, ['-r', here('apps/peak.cjs'), here('../packages/story/dist/cli.js'), ...args.map(filled)]], node: (args) => [node, ['-r', here('apps/peak.cjs'), ...args]], shell: (command) => ['bash', ['-c', filled(command)]] };
    const done = new Map();

    return {
      round: oneByOne((name) => {
        const { story: asked, node: code, shell: command, once } = variants[name];
        if (once && done.has(name)) return done.get(name);
        const [program, args] = asked === undefined ? (code === undefined ? commands.shell(command) : commands.node(code)) : commands.story(asked);
        const file = path.join(folder, 'output');
        const began = performance.now();
        const { status, stderr } = spawnSync('bash', ['-c', 'exec "$@" > "$0"', file, program, ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1 << 28 });
        const value = performance.now() - began;
        if (status !== 0) throw new Error(`${name}: exit status ${status}: ${stderr.slice(0, 500)}`);
        const result = { value, memory: Number(/^peak ([\d.]+)$/m.exec(stderr)?.[1] ?? 0) };
        done.set(name, result);
        return result;
      }),
      close: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

/** A job of 100,000 lines: 20,000 calls, each with two lines of the caller and three of the service that answers. */
function manyLines() {
  const lines = [];
  const start = Date.UTC(2026, 10, 24, 3);
  const write = (time, hop, name, rest) => lines.push(JSON.stringify({ level: 30, time, correlation_id: 'many-1', hop, pid: 1, hostname: `${name}-1`, name, ...rest }));
  for (let i = 0; i < 20_000; i++) {
    const [at, call] = [start + i * 6, `j.${i + 1}`];
    const answer = `${call}-${i.toString(36)}`;
    write(at, 'j', 'orders', { order: i, msg: 'order taken' });
    write(at + 2, answer, 'payment', { order: i, msg: 'charging' });
    write(at + 3, answer, 'payment', { order: i, msg: 'charged' });
    write(at + 4, answer, 'payment', { req: { method: 'POST', url: `/charge/${i}` }, res: { statusCode: 200 }, start: at + 1.25, responseTime: 2.5, msg: 'request completed' });
    write(at + 5, 'j', 'orders', { call, req: { method: 'POST', host: 'payment:8080', url: `/charge/${i}` }, res: { statusCode: 200 }, start: at + 1, responseTime: 3.5, msg: 'call completed' });
  }
  return `${lines.join('\n')}\n`;
}

function isThere(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

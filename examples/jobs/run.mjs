// Orders arrive, and their work goes through RabbitMQ, BullMQ on Redis, a worker thread, a forked child and a cron job. Every line
// has the ID of its order. Run `npm run jobs` after the build.
// --logs <directory> keep the log files there
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { needs } from '../polyglot/needs.mjs';
import { node } from '../polyglot/service.mjs';
import { rabbitmq, redis } from './brokers.mjs';

needs('rabbitmq-server', 'redis-server');
/** The command behind `npx @corr/story`. */
const story = fileURLToPath(new URL('cli.js', import.meta.resolve('@corr/story')));
const { values } = parseArgs({ options: { logs: { type: 'string' } } });
const home = mkdtempSync(path.join(os.tmpdir(), 'corr-jobs-'));
const logs = path.resolve(values.logs ?? path.join(home, 'logs'));
mkdirSync(logs, { recursive: true });
process.once('exit', () => rmSync(home, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)); // ends the services too

const service = (name, entry, env, options) => node(entry, { cwd: import.meta.dirname, env, log: path.join(logs, `${name}.log`), ...options });
const [cache, broker] = await Promise.all([redis({ home }), rabbitmq({ home })]);
const brokers = { AMQP_URL: broker.url, REDIS_PORT: cache.port };
const shop = await service('shop', 'shop.cjs', brokers);
const worker = await service('worker', 'worker.mjs', { ...brokers, SHOP_URL: shop.url });

const requests = await Promise.all(
  Array.from({ length: 20 }, async (_, i) => {
    const order = i + 1;
    const headers = order % 2 === 0 ? { 'Correlation-Id': `client-${order}` } : {};
    const response = await fetch(`${shop.url}/orders/${order}`, { method: 'POST', headers, signal: AbortSignal.timeout(30_000) });
    return { order, id: response.headers.get('correlation-id') };
  }),
);
const cron = { CORRELATION_ID: 'nightly-1', ORDER: 101, SHOP_URL: shop.url };
const nightly = await service('nightly', 'nightly.cjs', cron, { ready: /"status":(\d+)/ });
requests.push({ order: 101, id: 'nightly-1' });

/** The lines of each order when all its work is done. */
const partsOf = (order) =>
  ['mails', 'parcels', 'parcels', 'shop', 'shop', 'thread', ...(order % 5 === 0 ? ['invoice'] : []), ...(order > 100 ? ['nightly', 'nightly'] : [])].sort().join(' ');
const lines = () =>
  readdirSync(logs).flatMap((file) => readFileSync(path.join(logs, file), 'utf8').split('\n').filter((line) => line.endsWith('}'))).map((line) => JSON.parse(line));
const partsFound = (order) => lines().filter((line) => line.order === order).map((line) => line.part).sort().join(' ');

const end = Date.now() + 20_000;
while (Date.now() < end && requests.some(({ order }) => partsFound(order) !== partsOf(order))) await pause(50);
await Promise.all([nightly, worker, shop].map((each) => each.stop()));
await Promise.all([broker, cache].map((each) => each.stop()));

const faults = [];
for (const { order, id } of requests) {
  if (order % 2 === 0 && id !== `client-${order}`) faults.push(`order ${order}: got ${id} back`);
  if (partsFound(order) !== partsOf(order)) faults.push(`order ${order}: done by ${partsFound(order)}, not ${partsOf(order)}`);
  for (const line of lines()) {
    if (line.order === order ? line.correlation_id !== id : line.correlation_id === id) faults.push(`order ${order} is ${id}, but ${JSON.stringify(line)}`);
  }
}
for (const line of lines()) if (line.order === undefined && line.correlation_id !== 'Internal') faults.push(`not Internal: ${JSON.stringify(line)}`);

for (const id of ['client-10', 'nightly-1']) {
  console.log(`$ npx @corr/story ${id} .\n`);
  console.log(execFileSync(process.execPath, [story, id, logs], { encoding: 'utf8' }));
}
for (const fault of faults.slice(0, 10)) console.log(`✘ ${fault}`);
if (faults.length === 0) console.log(`✔ ${requests.length} orders, ${lines().length} lines: each line with its own order's ID`);
console.log(`ports, free again: ${[shop, broker, cache].map(({ port }) => port).join(' ')}`);
process.exitCode = faults.length === 0 ? 0 : 1;

// Three services as separate processes, one burst of requests, and what the logs say: `npm run demo`.
// `npm run demo -- --without orders` starts one of them without the preload, to see what breaks. `--logs FOLDER` keeps the lines.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './check.mjs';
import { start } from './service.mjs';
import { show } from './show.mjs';

const { without, logs: kept } = parseArgs({ options: { without: { type: 'string' }, logs: { type: 'string' } } }).values;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)); // ends the services too

const lines = [];
const service = (entry, env) => start(entry, { env, log: (line) => lines.push(line), preload: !entry.startsWith(`${without}.`) });

const stock = await service('stock.mts', {});
const orders = await service('orders.mjs', { STOCK_URL: stock.url });
const gateway = await service('gateway.cjs', { ORDERS_URL: orders.url });

const hostile = ['"},{"level":60,"msg":"paid', 'x'.repeat(1000), 'checkout-1 checkout-2', '; rm -rf /'];
const burst = Array.from({ length: 12 }, (_, i) => {
  const order = i + 1;
  if (i % 3 === 0) return { order, sent: `checkout-${order}`, acceptable: true };
  return { order, sent: i % 3 === 1 ? undefined : hostile[(i - 2) / 3], acceptable: false };
});

const requests = await Promise.all(
  burst.map(async (request) => {
    const headers = request.sent === undefined ? {} : { 'Correlation-Id': request.sent };
    const response = await fetch(`${gateway.url}/buy/${request.order}`, { headers, signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    return { ...request, status: response.status, returned: response.headers.get('correlation-id') ?? undefined };
  }),
);

const complaints = await Promise.all([gateway, orders, stock].map((each) => each.stop()));
const { faults, hops } = check(requests, lines);
faults.push(...complaints.filter((complaint) => complaint !== ''));

const logs = kept ?? mkdtempSync(path.join(os.tmpdir(), 'corr-demo-'));
mkdirSync(logs, { recursive: true });
for (const name of ['gateway', 'orders', 'stock']) {
  const own = lines.filter(({ service }) => service === name);
  writeFileSync(path.join(logs, `${name}.log`), own.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
show({ requests, logged: lines, faults, hops, logs, kept });
if (kept === undefined) rmSync(logs, { recursive: true });
process.exitCode = faults.length === 0 ? 0 : 1;

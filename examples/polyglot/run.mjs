// client -> nginx -> shop (Node) -> stock (Flask) -> price (Node) -> ledger (Django), and one request's story from
// all their log files. Run `npm run stack` after the build.
// --requests 30   number at once          --logs <directory>   keep the log files there
// --without shop  start a Node service without the preload, to see what breaks
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { check } from './check.mjs';
import { needs } from './needs.mjs';
import { freePort, nginx, node, uwsgi } from './service.mjs';

needs('nginx', 'uwsgi-core', 'uwsgi-plugin-python3', 'python3-flask', 'python3-django', 'python3-requests');
/** The command behind `npx @corr/story`. */
const story = fileURLToPath(new URL('cli.js', import.meta.resolve('@corr/story')));
const { values } = parseArgs({
  options: { logs: { type: 'string' }, requests: { type: 'string', default: '30' }, without: { type: 'string' } },
});
const home = mkdtempSync(path.join(os.tmpdir(), 'corr-polyglot-'));
chmodSync(home, 0o755); // if root starts nginx, its workers run as another user
const logs = path.resolve(values.logs ?? path.join(home, 'logs'));
mkdirSync(logs, { recursive: true });
const log = (name) => path.join(logs, `${name}.log`);

process.once('exit', () => rmSync(home, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)); // ends the services too

// Started from last to first, because each needs the address of the next one.
const aliases = { CORR_ALIASES: 'X-Request-Id' };
const preload = (name) => values.without !== name;
const ledger = await uwsgi('ledger', { log: log('5-ledger'), requestLog: log('5-ledger.uwsgi') });
const price = await node('price.mjs', { log: log('4-price'), preload: preload('price'), env: { ...aliases, LEDGER_URL: ledger.url } });
const stock = await uwsgi('stock', { log: log('3-stock'), requestLog: log('3-stock.uwsgi'), env: { PRICE_URL: price.url } });
const shop = await node('shop.cjs', { log: log('2-shop'), preload: preload('shop'), env: { ...aliases, STOCK_URL: stock.url } });

const port = await freePort();
cpSync(path.join(import.meta.dirname, '../edge/nginx'), home, { recursive: true });
const config = readFileSync(path.join(home, 'nginx.conf'), 'utf8');
writeFileSync(
  path.join(home, 'nginx.conf'),
  config.replace('127.0.0.1:8080', `127.0.0.1:${port}`).replace('127.0.0.1:3000', `127.0.0.1:${shop.port}`).replace(' access.log', ` ${log('1-edge')}`),
);
const edge = await nginx({ cwd: home, port });
const services = [edge, shop, stock, price, ledger];

// One third of the clients sends an ID, one third none, one third an unacceptable one. Two requests bypass the edge from inside.
const hostile = ['two words', 'x'.repeat(129), '"},{"msg":"forged', 'a;b', '%0d%0aSet-Cookie:a'];
const burst = Array.from({ length: Number(values.requests) }, (_, i) => {
  const order = i + 1;
  const url = `${edge.url}/orders/${order}`;
  if (i % 3 === 0) return { order, url, headers: { 'Correlation-Id': `client-${order}` }, sent: `client-${order}` };
  return { order, url, headers: i % 3 === 1 ? {} : { 'Correlation-Id': hostile[i % hostile.length] } };
});
burst.push(
  { order: 1001, url: `${price.url}/price/1001`, headers: { baggage: 'tenant=7,correlation.id=baggage-1001' }, sent: 'baggage-1001', inside: true },
  { order: 1002, url: `${price.url}/price/1002`, headers: { 'X-Request-Id': 'alias-1002' }, sent: 'alias-1002', inside: true },
);

const requests = await Promise.all(
  burst.map(async ({ url, headers, ...request }) => {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    return { ...request, status: response.status, correlation_id: response.headers.get('correlation-id') };
  }),
);
writeFileSync(log('0-client'), requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
await Promise.all(services.map((service) => service.stop()));

const files = readdirSync(logs).filter((file) => file.endsWith('.log')).sort();
const { faults, lines } = check(requests, Object.fromEntries(files.map((file) => [file, readFileSync(path.join(logs, file), 'utf8')])));

// The seventh order fails: Django throws.
const { correlation_id: told } = requests.find(({ order }) => order === 7) ?? requests[0];
console.log(`$ npx @corr/story ${told} .\n`);
console.log(execFileSync(process.execPath, [story, told, logs], { encoding: 'utf8' }));
for (const fault of faults.slice(0, 10)) console.log(`✘ ${fault}`);
if (faults.length === 0) console.log(`✔ ${requests.length} requests, ${lines} lines in ${files.length} files: each line with its own request's ID`);
console.log(`ports, free again: ${services.map((service) => service.port).join(' ')}`);
process.exitCode = faults.length === 0 ? 0 : 1;

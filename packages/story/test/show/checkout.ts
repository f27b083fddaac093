import type { Call, Failure, Hop, Level, Story, StoryLine } from '../../src/model';

/** A checkout over five services that fails because of a payment provider; the pictures and most tests show it. */
export const START = Date.UTC(2026, 10, 24, 3, 12, 7, 120);

const HOSTS: Record<string, [host: string, pid: number]> = {
  edge: ['edge-1', 31],
  gateway: ['web-2', 4711],
  stock: ['web-3', 902],
  orders: ['web-3', 917],
  payment: ['pay-1', 77],
};

const unavailable: Failure = {
  type: 'ProviderError',
  message: 'card network unavailable',
  code: 'E_PROVIDER',
  stack: [
    'ProviderError: card network unavailable',
    '    at charge (/srv/payment/src/card.js:88:11)',
    '    at async handle (/srv/payment/src/routes/charges.js:31:20)',
  ].join('\n'),
};
const gaveUp: Failure = {
  type: 'TimeoutError',
  message: 'payment did not answer within 300 ms',
  code: 'ETIMEDOUT',
  stack: ['TimeoutError: payment did not answer within 300 ms', '    at attempt (/srv/orders/src/payment-client.js:54:9)'].join('\n'),
};

type HopOf = Partial<Hop> & Pick<Hop, 'hop' | 'service'> & { at: [from: number, to: number]; on?: [from: number, to: number][] };

/** A hop by offsets from the start, in milliseconds. */
export function hop({ at: [from, to], on = [], ...rest }: HopOf): Hop {
  const [host, pid] = HOSTS[rest.service] ?? [undefined, undefined];
  return {
    start: START + from,
    end: START + to,
    ms: to - from,
    selfMs: to - from,
    calls: [],
    lines: 0,
    edge: 'exact',
    failed: false,
    critical: on.map(([a, b]) => [START + a, START + b]),
    ...(host === undefined ? {} : { host }),
    ...(pid === undefined ? {} : { pid }),
    ...rest,
  };
}

/** A call by offsets from the start, in milliseconds. */
export function call(from: number, to: number, rest: Partial<Call>): Call {
  return { start: START + from, end: START + to, ms: to - from, answers: [], ...rest };
}

/** A line by its offset from the start, in milliseconds. */
export function line(offsetMs: number, service: string, level: Level, hopOf: string | undefined, msg: string, rest: Record<string, unknown> = {}, error?: Failure): StoryLine {
  const [hostname, pid] = HOSTS[service] ?? ['web-9', 1];
  const record = { level, time: START + offsetMs, pid, hostname, name: service, correlation_id: 'checkout-7f3a', ...(hopOf === undefined ? {} : { hop: hopOf }), msg, ...rest };
  return { time: START + offsetMs, rawTime: START + offsetMs, offsetMs, service, level, msg, record, ...(hopOf === undefined ? {} : { hop: hopOf }), ...(error === undefined ? {} : { error }) };
}

const charge = { method: 'POST', host: 'payment:3004', url: '/charges' };
const hops: Hop[] = [
  hop({ hop: '~1', service: 'edge', at: [0, 1274], method: 'POST', url: '/checkout', status: 500, edge: 'guessed', failed: true, selfMs: 4, on: [[0, 1.2], [1271, 1274]],
    calls: [call(0.4, 1273, { method: 'POST', host: 'gateway:3000', url: '/checkout', status: 500, answers: ['k3f9'] })] }),
  hop({ hop: 'k3f9', parent: '~1', service: 'gateway', at: [1.2, 1271], method: 'POST', url: '/checkout', status: 500, failed: true, selfMs: 12.9, on: [[1.2, 8], [71, 75], [1269.4, 1271]],
    calls: [
      call(8, 71, { call: 'k3f9.1', method: 'GET', host: 'stock:3002', url: '/stock/1320', status: 200, firstByteMs: 62.1, answers: ['k3f9.1-p02'] }),
      call(75, 1269.4, { call: 'k3f9.2', method: 'POST', host: 'orders:3003', url: '/orders', status: 500, firstByteMs: 1193.8, answers: ['k3f9.2-8ab'] }),
    ] }),
  hop({ hop: 'k3f9.1-p02', parent: 'k3f9', call: 'k3f9.1', service: 'stock', at: [8.8, 70.2], method: 'GET', url: '/stock/1320', status: 200, on: [[8, 71]] }),
  hop({ hop: 'k3f9.2-8ab', parent: 'k3f9', call: 'k3f9.2', service: 'orders', at: [76, 1269], method: 'POST', url: '/orders', status: 500, failed: true, error: gaveUp, selfMs: 34, on: [[75, 110], [362, 364], [664, 668], [968, 970], [1269, 1269.4]],
    calls: [
      call(110, 355, { call: 'k3f9.2-8ab.1', method: 'POST', host: 'stock:3002', url: '/reservations', status: 201, firstByteMs: 244, answers: ['k3f9.2-8ab.1-q7c'] }),
      call(112, 131, { call: 'k3f9.2-8ab.2', method: 'GET', host: 'prices.internal', url: '/prices/1320', status: 200, firstByteMs: 18 }),
      call(364, 664, { call: 'k3f9.2-8ab.3', ...charge, error: gaveUp, answers: ['k3f9.2-8ab.3-m4d'] }),
      call(668, 968, { call: 'k3f9.2-8ab.4', ...charge, error: gaveUp, answers: ['k3f9.2-8ab.4-0rs'] }),
      call(969, 1269, { call: 'k3f9.2-8ab.5', ...charge, error: gaveUp, answers: ['k3f9.2-8ab.5-z9k'] }),
    ] }),
  hop({ hop: 'k3f9.2-8ab.1-q7c', parent: 'k3f9.2-8ab', call: 'k3f9.2-8ab.1', service: 'stock', at: [110.9, 354], method: 'POST', url: '/reservations', status: 201, on: [[110, 362]] }),
  hop({ hop: 'k3f9.2-8ab.3-m4d', parent: 'k3f9.2-8ab', call: 'k3f9.2-8ab.3', service: 'payment', at: [365, 911], method: 'POST', url: '/charges', status: 503, failed: true, error: unavailable, selfMs: 21, on: [[364, 380]],
    calls: [call(380, 905, { call: 'k3f9.2-8ab.3-m4d.1', method: 'POST', host: 'cardnet.example', url: '/v2/authorize', status: 503, firstByteMs: 524 })] }),
  hop({ hop: 'k3f9.2-8ab.4-0rs', parent: 'k3f9.2-8ab', call: 'k3f9.2-8ab.4', service: 'payment', at: [669, 1213], method: 'POST', url: '/charges', status: 503, failed: true, error: unavailable, selfMs: 18, on: [[668, 683]],
    calls: [call(683, 1209, { call: 'k3f9.2-8ab.4-0rs.1', method: 'POST', host: 'cardnet.example', url: '/v2/authorize', status: 503, firstByteMs: 525 })] }),
  hop({ hop: 'k3f9.2-8ab.5-z9k', parent: 'k3f9.2-8ab', call: 'k3f9.2-8ab.5', service: 'payment', at: [970, 1804], method: 'POST', url: '/charges', edge: 'open', failed: true, selfMs: 30, on: [[969, 1269]],
    calls: ['1', '2', '3'].map((n, i) => call(984 + i * 270, 1244 + i * 270, { call: `k3f9.2-8ab.5-z9k.${n}`, method: 'POST', host: 'cardnet.example', url: '/v2/authorize', error: { message: 'socket hang up', code: 'ECONNRESET' } })) }),
];

const lines: StoryLine[] = [
  line(1.4, 'gateway', 'info', 'k3f9', 'checkout started', { cart: 'c-88', items: 3 }),
  line(9.3, 'stock', 'debug', 'k3f9.1-p02', 'looking up stock', { sku: '1320', warehouse: 'north' }),
  line(66, 'stock', 'info', 'k3f9.1-p02', 'stock found', { sku: '1320', left: 4 }),
  line(70.2, 'stock', 'info', 'k3f9.1-p02', 'request completed', { req: { method: 'GET', url: '/stock/1320' }, res: { statusCode: 200 }, responseTime: 61.4 }),
  line(71.2, 'gateway', 'info', 'k3f9', 'call completed', { call: 'k3f9.1', req: { method: 'GET', host: 'stock:3002', url: '/stock/1320' }, res: { statusCode: 200 }, responseTime: 63 }),
  line(77, 'orders', 'info', 'k3f9.2-8ab', 'order 1320 opened', { order: 1320, customer: 'cu_204' }),
  line(111.5, 'stock', 'debug', 'k3f9.2-8ab.1-q7c', 'reserving', { sku: '1320', amount: 1 }),
  line(131.5, 'orders', 'info', 'k3f9.2-8ab', 'price fetched', { order: 1320, cents: 4999 }),
  line(340, 'stock', 'warn', 'k3f9.2-8ab.1-q7c', 'waited for a lock', { sku: '1320', waitedMs: 221 }),
  line(354, 'stock', 'info', 'k3f9.2-8ab.1-q7c', 'request completed', { req: { method: 'POST', url: '/reservations' }, res: { statusCode: 201 }, responseTime: 243.1 }),
  line(362, 'orders', 'info', 'k3f9.2-8ab', 'charging the card', { order: 1320, attempt: 1 }),
  line(366, 'payment', 'info', 'k3f9.2-8ab.3-m4d', 'charge requested', { amount: 4999, currency: 'EUR' }),
  line(664.2, 'orders', 'warn', 'k3f9.2-8ab', 'call failed', { call: 'k3f9.2-8ab.3', attempt: 1 }, gaveUp),
  line(670, 'payment', 'info', 'k3f9.2-8ab.4-0rs', 'charge requested', { amount: 4999, currency: 'EUR' }),
  line(906, 'payment', 'error', 'k3f9.2-8ab.3-m4d', 'charge failed', { provider: 'cardnet' }, unavailable),
  line(911, 'payment', 'warn', 'k3f9.2-8ab.3-m4d', 'request completed', { req: { method: 'POST', url: '/charges' }, res: { statusCode: 503 }, responseTime: 546 }),
  line(968.3, 'orders', 'warn', 'k3f9.2-8ab', 'call failed', { call: 'k3f9.2-8ab.4', attempt: 2 }, gaveUp),
  line(971, 'payment', 'info', 'k3f9.2-8ab.5-z9k', 'charge requested', { amount: 4999, currency: 'EUR' }),
  line(1210, 'payment', 'error', 'k3f9.2-8ab.4-0rs', 'charge failed', { provider: 'cardnet' }, unavailable),
  line(1213, 'payment', 'warn', 'k3f9.2-8ab.4-0rs', 'request completed', { req: { method: 'POST', url: '/charges' }, res: { statusCode: 503 }, responseTime: 544 }),
  line(1244.5, 'payment', 'warn', 'k3f9.2-8ab.5-z9k', 'provider hung up, trying again', { provider: 'cardnet', attempt: 1 }),
  line(1268.4, 'orders', 'warn', 'k3f9.2-8ab', 'call failed', { call: 'k3f9.2-8ab.5', attempt: 3 }, gaveUp),
  line(1268.8, 'orders', 'error', 'k3f9.2-8ab', 'order 1320 given up', { order: 1320, attempts: 3 }, gaveUp),
  line(1269, 'orders', 'warn', 'k3f9.2-8ab', 'request completed', { req: { method: 'POST', url: '/orders' }, res: { statusCode: 500 }, responseTime: 1193 }),
  line(1270.2, 'gateway', 'error', 'k3f9', 'checkout failed', { cart: 'c-88', status: 500 }),
  line(1271, 'gateway', 'warn', 'k3f9', 'request completed', { req: { method: 'POST', url: '/checkout' }, res: { statusCode: 500 }, responseTime: 1269.8 }),
  line(1274, 'edge', 'error', '~1', 'POST /checkout HTTP/1.1', { status: 500, request_time: 1.274, upstream_status: '500' }),
  line(1514.5, 'payment', 'warn', 'k3f9.2-8ab.5-z9k', 'provider hung up, trying again', { provider: 'cardnet', attempt: 2 }),
  line(1784.5, 'payment', 'warn', 'k3f9.2-8ab.5-z9k', 'provider hung up, trying again', { provider: 'cardnet', attempt: 3 }),
  line(1804, 'payment', 'fatal', 'k3f9.2-8ab.5-z9k', 'worker ended by a deploy', { signal: 'SIGTERM' }),
];
for (const each of hops) each.lines = lines.filter((one) => one.hop === each.hop).length;

export const CHECKOUT: Story = {
  id: 'checkout-7f3a',
  start: START,
  end: START + 1804,
  status: 'failed',
  verdict: [
    'failed first in payment, +906 ms: card network unavailable (503).',
    'orders gave up at +1,269 ms after 3 attempts of 300 ms.',
    'The client had its 500 at +1,274 ms; payment went on until +1,804 ms.',
  ],
  clocks: [{ service: 'payment', host: 'pay-1', correctionMs: -1204, boundMs: 0.4, consistent: true }],
  hops,
  lines,
  gap: { service: 'payment', hop: 'k3f9.2-8ab.5-z9k', ms: 270, before: 27, after: 28 },
  silent: ['prices.internal', 'cardnet.example'],
  notes: ['2 broken lines in logs/stock.log.3.gz'],
};

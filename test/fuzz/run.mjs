/*
 * Sends made-up bytes to two servers, one with the preload and one without, and compares what they answer.
 *
 *   npm run fuzz [-- --seconds 20] [--seed 7] [--mode trace] [--only N]
 *
 * Ends with 1 at the first difference, which it prints with the seed that shows it again.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rawRequest, randomOf } from './bytes.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' }, seed: { type: 'string' }, mode: { type: 'string', default: 'carry' }, only: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const until = Date.now() + Number(values.seconds) * 1000;
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const PRELOAD = here('../../packages/auto-register/dist/register.js');

async function start(execArgv, env) {
  const child = fork(here('server.cjs'), { execArgv, env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...env } });
  const [port] = await once(child, 'message');
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return { child, exited, port, crashed: false };
}

/** Sends bytes in pieces, closes that half, and gives all that comes back. */
function exchange({ port }, pieces, pause = 0) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const chunks = [];
    let ended = 'closed';
    socket.setTimeout(3000, () => {
      ended = 'never ended';
      socket.destroy();
    });
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined).on('end', () => socket.end());
    socket.on('close', () => resolve({ ended, text: Buffer.concat(chunks).toString('latin1') }));
    const send = (i) => {
      if (i === pieces.length) socket.end();
      else socket.write(pieces[i], () => setTimeout(send, pause, i + 1));
    };
    socket.on('connect', () => send(0));
  });
}

/** Without what is ours: our field of the answer, and what the server says of the ID. */
const theirs = ({ ended, text }) => JSON.stringify([ended, text.replace(/^correlation-id: [^\r\n]*\r\n/gim, '').replace(/^x-ids: [^\r\n]*\r\n/gim, '')]);

/** The IDs that each answer says: those of the handler, of its request, and of its head. */
function idsOf({ text }) {
  return [...text.matchAll(/^HTTP\/1\.[01] \d{3}[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/gm)].map(([, head]) => {
    const [active, read] = JSON.parse(/^x-ids: (.*)\r\n/m.exec(head)?.[1] ?? '[]');
    return { active, read, echoed: [...head.matchAll(/^correlation-id: (.*)\r\n/gim)].map(([, id]) => id) };
  });
}

const meet = ([a, b]) => [...a].some((one) => b.has(one));

const plain = await start([], {});
const ours = await start(['-r', PRELOAD], { FUZZ_IDS: '1', CORR_MODE: values.mode, OTEL_TRACES_EXPORTER: 'none' });
let ended;
for (const server of [plain, ours]) void server.exited.then((how) => (ended ??= [server === ours ? 'with' : 'without', how]));

let tried = 0;
let answers = 0;
const fail = (what, pieces, details) => {
  console.error(`${what}\n  npm run fuzz -- --seed ${seed} --only ${tried}\n  sent: ${JSON.stringify(Buffer.concat(pieces).toString('latin1')).slice(0, 2000)}\n${details.map((line) => `  ${line}`).join('\n')}`);
  process.exit(1);
};
console.log(`fuzz: seed ${seed}, ${values.mode} mode, ${values.only === undefined ? `${values.seconds} seconds` : `case ${values.only}`}`);
for (tried = Number(values.only ?? 0); values.only === undefined ? Date.now() < until : tried === Number(values.only); tried++) {
  const { pieces, ids } = rawRequest(randomOf(seed + tried), tried);
  const [without, withUs] = await Promise.all([exchange(plain, pieces), exchange(ours, pieces)]);
  if (ended !== undefined) fail(`The server ${ended[0]} the preload ended: ${JSON.stringify(ended[1])}`, pieces, []);
  // How bytes fall together on the way decides whether an answer is out before an error ends the connection. Then each is asked again.
  const answered = [new Set([theirs(without)]), new Set([theirs(withUs)])];
  for (let again = 0; again < 40 && !meet(answered); again++) {
    const [a, b] = await Promise.all([exchange(plain, pieces, again % 5), exchange(ours, pieces, again % 5)]);
    answered[0].add(theirs(a));
    answered[1].add(theirs(b));
  }
  if (!meet(answered)) fail('The answers differ.', pieces, answered.map((set, i) => `${i ? 'with:   ' : 'without:'} ${[...set].join(' or ')}`));
  for (const { active, read, echoed } of idsOf(withUs)) {
    answers++;
    if (echoed.length > 1) fail('The ID is there twice.', pieces, [withUs.text]);
    if (active === undefined) continue; // Node's own answer
    const known = ids.includes(active) || /^[0-9a-f-]{36}$/.test(active);
    if (!known || active !== read || (echoed.length === 1 && echoed[0] !== active)) fail('An ID that is not its own.', pieces, [JSON.stringify({ active, read, echoed, ids })]);
  }
}
console.log(`fuzz: ${tried} connections, ${answers} answers, no difference`);
for (const { child } of [plain, ours]) child.disconnect();

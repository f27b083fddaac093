import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FAILING } from './check.mjs';

const EXCERPT = 9;
/** The command behind `npx @corr/story`. */
const story = fileURLToPath(new URL('cli.js', import.meta.resolve('@corr/story')));

const coloured = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, mark] = [paint(1), paint(2), paint(36)];
const print = (text = '') => console.log(text);

/** Prints the results for someone new to the project. The last is the story of the request that was slow and failed. */
export function show({ requests, logged, faults, hops, logs, kept }) {
  const lines = logged.toSorted((a, b) => a.time - b.time);
  const id = requests.find(({ order }) => order === FAILING).returned;
  const marked = (text) => (id === undefined ? text : text.replaceAll(id, mark(id)));
  const heading = (text) => print(`\n${bold(text)}`);

  heading('gateway (CommonJS, express) → orders (ES module, node:http) → stock (TypeScript, fastify)');
  print('Three processes, each started with `CORR_HOPS=true node -r @corr/auto-register`; none of their sources mentions it.');

  heading(`1. ${requests.length} requests at once: the lines come mixed up (${EXCERPT} of ${lines.length})`);
  const busy = Math.max(0, lines.findIndex(({ msg }) => msg === 'purchase answered') - 4);
  for (const { service, correlation_id = 'no ID', msg } of lines.slice(busy, busy + EXCERPT)) {
    print(`   ${service.padEnd(7)}  ${marked(correlation_id.padEnd(36))}  ${msg}`);
  }

  heading('2. What clients send, and what the response has');
  for (const { sent, acceptable, returned } of requests.slice(4, 10)) {
    const shown = sent === undefined ? '(no Correlation-Id)' : `Correlation-Id: ${sent.length > 30 ? `${sent.slice(0, 20)}… (${sent.length})` : sent}`;
    const fate = acceptable ? 'kept' : sent === undefined ? 'new' : 'unacceptable, new';
    print(`   ${shown.padEnd(46)}  Correlation-Id: ${marked(returned ?? 'none')}  ${dim(fate)}`);
  }

  if (faults.length === 0) heading(`✔ ${lines.length} lines and ${hops} hops checked: each has the ID of its own request.`);
  else heading(`✘ ${faults.length} wrong:`);
  for (const fault of faults.slice(0, 10)) print(`   ${fault}`);
  if (faults.length > 10) print(`   … and ${faults.length - 10} more`);

  heading(`3. One request was slow and failed. What happened? npx @corr/story ${id} logs`);
  print(storyOf(id, logs).trimEnd().replace(/^/gm, '   '));
  print(kept === undefined ? '\nKeep the lines and ask them more: npm run demo -- --logs logs && npx @corr/story --failed logs' : `\nMore: npx @corr/story --failed ${kept}`);
}

/** What the command says about one request. */
function storyOf(id, logs) {
  try {
    return execFileSync(process.execPath, [story, String(id), logs, '--width', '110', coloured ? '--color' : '--no-color'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return error.stderr;
  }
}

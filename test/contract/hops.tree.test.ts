import { spawnSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import { App } from '../app';
import type { Line } from '../app';
import { Random } from '../random';
import { CORE, describeInFull } from '../breadth';

/** What a service has to do with a request. */
interface Plan {
  calls?: (Step | Step[])[];
  answer?: 'ok' | 'hang' | 'cut' | 'redirect' | 'flaky';
  failures?: number;
}
interface Step {
  to: Role;
  way: string;
  token: string;
  plan: Plan;
  timeout?: number;
}

const ROLES = ['express', 'fastify', 'https', 'http2', 'grpc', 'queue', 'flask'] as const;
type Role = (typeof ROLES)[number];
/** Ways to call each service; a Flask service has only its own. */
const WAYS: Record<Role, string[]> = {
  express: ['http', 'fetch', 'undici', 'retry', 'got', 'axios'],
  fastify: ['http', 'fetch', 'undici', 'retry', 'got', 'axios'],
  https: ['https'],
  http2: ['http2'],
  grpc: ['grpc'],
  queue: ['queue'],
  flask: ['http', 'fetch', 'undici', 'retry', 'got', 'axios'],
};
const RETRYING = ['retry', 'got'];
const FOLLOWING = ['fetch', 'got', 'axios', 'requests'];

const REQUESTS = CORE ? 40 : Number(process.env['TEST_CORR_TREE'] ?? 150); // fewer in each cell of the version matrix
/** Milliseconds that an event loop may be busy with other requests. */
const BUSY = 1000 + 10 * REQUESTS;
const HASH = /\.[^.]*$/;
const callOf = (hop: string): string => hop.slice(0, hop.lastIndexOf('-'));
const callerOf = (call: string): string => call.replace(HASH, '');

/** Makes a random tree of calls, including failures. */
class Planner {
  private tokens = 0;

  constructor(private readonly random: Random, private readonly roles: readonly Role[]) {}

  plan(role: Role, depth: number): Plan {
    const steps = depth === 0 ? 0 : this.random.below(depth === 3 ? 4 : 3);
    return { calls: Array.from({ length: steps }, () => (this.random.below(3) === 0 ? [this.step(role, depth), this.step(role, depth)] : this.step(role, depth))) };
  }

  private step(from: Role, depth: number): Step {
    const fromFlask = from === 'flask';
    const to = this.random.of(fromFlask ? (['express', 'fastify'] as const) : this.roles);
    const way = fromFlask ? 'requests' : this.random.of(WAYS[to]);
    const step = { to, way, token: `n${++this.tokens}` };
    const fault = this.random.below(12);
    if (fault === 0 && ['http', 'fetch', 'undici'].includes(way) && to !== 'flask') return { ...step, plan: { answer: 'hang' }, timeout: 300 };
    if (fault === 1 && ['http', 'fetch', 'undici', 'https', 'http2'].includes(way) && to !== 'flask') return { ...step, plan: { answer: 'cut' } };
    if (fault === 2 && to !== 'grpc' && to !== 'queue') return { ...step, plan: { ...(RETRYING.includes(way) ? this.plan(to, depth - 1) : {}), answer: 'flaky', failures: 1 + this.random.below(2) } };
    if (fault === 3 && FOLLOWING.includes(way) && to !== 'flask') return { ...step, plan: { ...this.plan(to, depth - 1), answer: 'redirect' } };
    return { ...step, plan: this.plan(to, depth - 1) };
  }
}

/** How often a call is made, and how often it arrives at most and at least. */
function attemptsOf({ way, plan: { answer, failures = 0 } }: Step): { made: number; arrive: [number, number] } {
  if (way === 'queue') return { made: 0, arrive: [1, 1] };
  if (answer === 'hang') return { made: 1, arrive: [0, 1] };
  const made = answer === 'flaky' && RETRYING.includes(way) ? failures + 1 : answer === 'redirect' ? 2 : 1;
  return { made, arrive: [made, made] };
}

const isEnding = (line: Line): boolean => /^request (completed|aborted)$/.test(String(line.msg));

/** Compares the lines of one request with the calls that the driver knows; anything out of place is an error. */
function check(id: string, root: { token: string; plan: Plan }, lines: readonly Line[]): void {
  const hops = (token: string): string[] => lines.filter((line) => line.msg === 'visited' && line['token'] === token).sort((a, b) => Number(a['times']) - Number(b['times'])).map((line) => String(line['hop']));
  const calls = lines.filter((line) => line['call'] !== undefined);
  const visited: string[] = [];
  let made = 0;

  const visit = (token: string, plan: Plan, hop: string | undefined): void => {
    for (const step of (plan.calls ?? []).flat()) {
      const attempts = attemptsOf(step);
      made += attempts.made;
      const under = hops(step.token);
      visited.push(...under);
      const where = `${id}: ${token} to ${step.token} of ${step.to} by ${step.way}, ${step.plan.answer ?? 'ok'}`;
      expect(under.length, `${where}; ${JSON.stringify(calls.filter(({ req }) => JSON.stringify(req).includes(`/${step.token}"`)))}`).to.be.within(...attempts.arrive);
      for (const each of under) expect(callerOf(callOf(each)), where).to.equal(hop);
      expect(new Set(under.map(callOf)).size, `${where}: each attempt has a number of its own`).to.equal(under.length);

      const records = step.way === 'grpc' ? calls.filter((line) => under.some((each) => callOf(each) === line['call'])) : calls.filter(({ req }) => String((req as { url: string }).url) === `/run/${step.token}`);
      expect(records, where).to.have.length(attempts.made);
      for (const record of records) checkCall(record, step, hop, where, lines);
      for (const each of under.map(callOf)) if (attempts.made > 0) expect(records.map((line) => line['call']), where).to.include(each);
      checkDurations(records, lines.find((line) => line.msg === 'called' && line['token'] === step.token), where);
      if (step.plan.calls !== undefined) visit(step.token, step.plan, under.at(-1));
    }
  };
  const [first] = hops(root.token);
  expect(first, id).to.match(/^[0-9a-z]{4}$/);
  visited.push(first as string);
  visit(root.token, root.plan, first);

  expect(lines.filter((line) => line.msg === 'visited').map((line) => line['hop']), id).to.have.members(visited);
  expect(new Set(visited).size, `${id}: no two have one number`).to.equal(visited.length);
  expect(calls, `${id}: each call once`).to.have.length(made);
  expect(new Set(calls.map((line) => line['call'])).size, id).to.equal(made);
  for (const line of lines) expect(visited, `${id}: ${JSON.stringify(line)}`).to.include(line['hop']);
}

function checkCall(record: Line, { way, plan: { answer } }: Step, hop: string | undefined, where: string, lines: readonly Line[]): void {
  expect(record['hop'], where).to.equal(hop);
  const failed = answer === 'hang' || answer === 'cut';
  if (failed) expect(record, where).to.include({ msg: 'call failed' }).and.have.property('err').that.includes.keys('type', 'message');
  else if (answer === undefined) expect(record, where).to.deep.include({ msg: 'call completed', res: { statusCode: 200, ...(way === 'grpc' && { grpcStatus: 0 }) } });
  const request = lines.find((line) => isEnding(line) && callOf(String(line['hop'])) === record['call'] && line['start'] !== undefined);
  // Clocks of two processes agree to the millisecond, because both read the machine's clock.
  if (request !== undefined) expect(Number(request['start']), where).to.be.at.least(Number(record['start']) - 2);
}

/** The application saw all attempts of a call begin and end; the difference is time that its loop was busy with others. */
function checkDurations(records: readonly Line[], seen: Line | undefined, where: string): void {
  for (const { firstByte, msg, responseTime } of records) {
    expect(Number(responseTime), where).to.be.at.least(Number(firstByte ?? 0));
    // A call that the application gave up ends when the client processes that.
    if (seen?.['took'] !== undefined && msg === 'call completed') expect(Number(responseTime), where).to.be.at.most(Number(seen['took']) + BUSY);
  }
}

describeInFull('the tree of a request, from its lines alone', function () {
  this.timeout(240_000);
  const seed = Number(process.env['TEST_CORR_SEED'] ?? 14);

  it(`matches the calls that were made: ${REQUESTS} requests at once over services of every kind (TEST_CORR_TREE, TEST_CORR_SEED=${seed})`, async () => {
    const hasFlask = spawnSync('python3', ['-c', 'import flask, requests']).status === 0;
    expect(hasFlask || process.env['TEST_CORR_REQUIRE_STACK'] !== '1', 'python3-flask and python3-requests').to.equal(true);
    if (!hasFlask) console.log('      without Flask: apt-get update && apt-get install -y --no-install-recommends python3-flask python3-requests');
    const roles = ROLES.filter((role) => role !== 'flask' || hasFlask);
    const folder = path.join(__dirname, '../fixtures');
    const env = { CORR_HOPS: 'true', NODE_NO_WARNINGS: '1' };
    const apps = new Map<Role, App>();
    for (const role of roles) {
      apps.set(role, role === 'flask' ? App.start('hops/tree/service.py', { env, program: 'python3', args: [path.join(__dirname, '../../examples/polyglot')] }) : App.start('hops/tree/service.cjs', { env, args: [role, path.join(folder, 'tls')] }));
    }
    try {
      const at: Record<string, string> = {};
      for (const [role, app] of apps) at[role] = `${role === 'https' ? 'https' : 'http'}://localhost:${String((await app.line((line) => line.msg === 'listening'))['port'])}`;
      at['grpc'] = (at['grpc'] as string).replace('http://', '').replace('localhost', '127.0.0.1');
      for (const app of apps.values()) app.process.stdin?.write(`${JSON.stringify(at)}\n`);
      for (const app of apps.values()) await app.line((line) => line.msg === 'connected');

      const planner = new Planner(new Random(seed), roles);
      const roots = Array.from({ length: REQUESTS }, (_, i) => ({ id: `tree-${i}`, token: `root-${i}`, plan: planner.plan('express', 3) }));
      await Promise.all(roots.map(({ id, token, plan }) => ask(`${at['express']}/run/${token}`, id, plan)));
      await settled(apps, roots);

      const byId = new Map<string, Line[]>();
      for (const app of apps.values()) for (const line of app.lines) if (line.correlation_id !== 'Internal') byId.set(String(line.correlation_id), [...(byId.get(String(line.correlation_id)) ?? []), line]);
      expect(byId.size).to.equal(REQUESTS);
      for (const root of roots) check(root.id, root, byId.get(root.id) ?? []);
    } finally {
      await Promise.all([...apps.values()].map((app) => app.stop()));
    }
  });
});

function ask(url: string, id: string, plan: Plan): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent: false, headers: { 'correlation-id': id } }, (response) => void response.resume().on('end', resolve));
    request.on('error', reject).end(JSON.stringify(plan));
  });
}

/** Waits for the last line of all requests: a queue works after its request was answered, and an abort is noticed late. */
async function settled(apps: ReadonlyMap<Role, App>, roots: readonly { plan: Plan }[]): Promise<void> {
  const steps = (plan: Plan): Step[] => (plan.calls ?? []).flat().flatMap((step) => [step, ...steps(step.plan)]);
  const attempts = roots.flatMap(({ plan }) => steps(plan)).map(attemptsOf);
  const made = attempts.reduce((sum, each) => sum + each.made, 0);
  const arrived = attempts.reduce((sum, each) => sum + each.arrive[0], roots.length);
  for (;;) {
    await Promise.all([...apps.values()].map(saysAllItHas));
    const lines = [...apps.values()].flatMap((app) => app.lines);
    const visits = lines.filter((line) => line.msg === 'visited').length;
    const ofQueue = apps.get('queue')?.lines.filter((line) => line.msg === 'visited').length ?? 0;
    const calls = lines.filter((line) => line['call'] !== undefined).length;
    if (visits >= arrived && calls >= made && lines.filter(isEnding).length >= visits - ofQueue) return;
    await Promise.race([...apps.values()].map((app) => app.next()));
  }
}

/** Waits until everything written so far has been read: the answer to this request follows it. */
async function saysAllItHas(app: App): Promise<void> {
  const answers = (): number => app.lines.filter((line) => line.msg === 'connected').length;
  const before = answers();
  app.process.stdin?.write('{}\n');
  while (answers() === before) await app.next();
}

import { expectOwnIds } from './cases';
import type { Cases } from './cases';
import { itFrom, itInFull } from '../breadth';

const QUEUE = ['worker', 'callback'];
const TASK = ['start', 'task'];
const ASYNC: Cases = {
  queue: QUEUE, unshift: QUEUE, priorityQueue: QUEUE, 'cargo of one each': QUEUE, 'cargo of several': ['worker of several', 'callback'], 'equal tasks': ['callback'], 'a task replaced': QUEUE, 'equal tasks in another order': QUEUE, memoize: ['callback'],
};
const LIMIT: Cases = { limit: TASK, default: TASK, arguments: ['start', 'arguments'] };
const PROMISE_QUEUE: Cases = { add: TASK, addAll: TASK, paused: TASK };

const PACKAGES: Record<string, Cases> = {
  fastq: { push: QUEUE, unshift: QUEUE, promise: QUEUE, 'a task after a kill': QUEUE, 'a worker with its own this': QUEUE },
  async: { ...ASYNC, 'async worker': QUEUE, pushAsync: QUEUE, cargoQueue: QUEUE, 'a file of its own': QUEUE, 'priorityQueue in a file of its own': QUEUE, imported: QUEUE },
  async2: ASYNC,
  'p-limit2': LIMIT,
  'p-limit3': { ...LIMIT, imported: TASK },
  'p-queue4': PROMISE_QUEUE,
  'p-queue6': PROMISE_QUEUE,
  bottleneck: Object.fromEntries(
    [['events', ['task', 'executing', 'failed', 'done']], ...['', '/light', '/es5'].flatMap((part) => [
      ...['schedule', 'schedule with options', 'wrap', 'group'].map((each) => [`${each}${part}`, TASK]),
      [`submit${part}`, ['task', 'callback']],
    ])] as [string, string[]][],
  ),
  nodemailer: { 'a pool': ['sent'] },
  nodemailer6: { 'a pool': ['sent'] },
  bluebird: { map: [...TASK, 'then'], promisify: ['then', 'finally'], 'a copy of it': [...TASK, 'then'] },
  'generic-pool2': { acquire: ['acquired'] },
  'async-lock': { callbacks: ['task', 'callback'], promises: TASK },
  workerpool: { exec: ['then', 'always', 'then again'], 'exec, awaited': ['await'] },
  'better-queue': { push: ['started', 'worker', 'callback'] },
};
describe('queues in a process', function () {
  this.timeout(60_000);
  for (const [position, [name, cases]] of Object.entries(PACKAGES).entries()) {
    itFrom(position, 2)(`${name}: a task runs under the ID of the code that added it`, async () => {
      await expectOwnIds('in-process', name, cases, { requests: 40 });
    });
  }

  itInFull('does so in trace mode', async () => {
    await expectOwnIds('in-process', 'fastq', PACKAGES['fastq'] as Cases, { requests: 40, env: { CORR_MODE: 'trace' } });
  });
});

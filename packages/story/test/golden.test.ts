import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { itInFull } from '../../../test/breadth';
import { filesOf } from './files';
import { happen, worldPlans } from './world';

/*
 * Stories that people have checked. After a wanted change, write them again and read the differences:
 *   TEST_CORR_GOLDEN=write npx mocha --config test/.mocharc.json packages/story/test/golden.test.ts
 * The logs stay as they are; only those of a new world are made.
 */
const WRITES = process.env['TEST_CORR_GOLDEN'] === 'write';
const CLI = path.join(__dirname, '../dist/cli.js');
const GOLDEN = path.join(__dirname, 'golden');

interface Golden {
  /** Holds `logs`. */
  inputs?: string;
  ids: readonly string[];
  /** The world whose logs are in the folder. */
  world?: { options: Parameters<typeof worldPlans>[0]; place: number };
}

const world = (place: number, options: Parameters<typeof worldPlans>[0]): Golden => ({ ids: ['checkout-1'], world: { place, options } });

const STORIES: Record<string, Golden> = {
  readme: { inputs: path.join(__dirname, '../../../test/fixtures/story'), ids: ['checkout-1'] },
  // The lines that `npm run demo -- --logs logs` kept.
  demo: { ids: ['checkout-10', 'checkout-1'] },
  // What the stack of examples/polyglot writes: nginx and uWSGI with whole seconds, pino, Flask and Django without hops.
  polyglot: { ids: ['client-7', 'client-4'] },
  // A hop that answers 200, and gRPC's own status: 14 failed, 5 was only not found.
  'a gRPC service fails': { ids: ['checkout-1'] },
  'a process dies, a message is queued': world(111, {}),
  'a file is lost': world(142, { lost: true }),
  'a proxy tries again': world(215, { lost: true }),
  'half without hops': world(236, { hopless: true }),
  'half without hops, a file is lost': world(113, { hopless: true, lost: true }),
};

describe('a story that was checked', () => {
  for (const [name, { inputs, ids, world: made }] of Object.entries(STORIES)) {
    const folder = path.join(GOLDEN, name.replace(/\W+/g, '-'));
    for (const id of ids) {
      for (const [kind, args] of [['txt', ['--no-color', '--utc', '--width', '120']], ['json', ['--json']]] as const) {
        // `npm test` reads the JSON of the first story only.
        (kind === 'txt' || name === Object.keys(STORIES)[0] ? it : itInFull)(`${name}: ${id}.${kind} is told as it was, byte for byte`, async () => {
          if (WRITES && made !== undefined && !existsSync(folder)) makeLogs(path.join(folder, 'logs'), made);
          const { stdout, stderr, status } = spawnSync(process.execPath, [CLI, id, 'logs', ...args], { cwd: inputs ?? folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } });
          expect([stderr, status]).to.deep.equal(['', 0]);
          const file = path.join(folder, `${id}.${kind}`);
          mkdirSync(folder, { recursive: true });
          if (WRITES) writeFileSync(file, stdout);
          expect(stdout).to.equal(readFileSync(file, 'utf8'));
        });
      }
    }
  }
});

function makeLogs(folder: string, { options, place }: NonNullable<Golden['world']>): void {
  const [plan] = fc.sample(worldPlans(options), { seed: 1, numRuns: place + 1 }).slice(-1);
  mkdirSync(folder, { recursive: true });
  if (plan !== undefined) for (const [name, text] of filesOf(happen(plan))) writeFileSync(path.join(folder, name), text);
}

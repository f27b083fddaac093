import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { NODE } from './app';
import { ROOT, read } from './checkout';

describe('an example on a machine without the programs that it runs', () => {
  const empty = mkdtempSync(path.join(os.tmpdir(), 'corr-needs-'));
  after(() => rmSync(empty, { recursive: true }));

  for (const [example, packages] of [
    ['jobs', 'rabbitmq-server redis-server'],
    ['polyglot', 'nginx uwsgi-core uwsgi-plugin-python3 python3-flask python3-django python3-requests'],
  ] as const) {
    it(`${example}: prints the one command that installs them, starts nothing and exits with 1`, () => {
      const { status, stdout, stderr } = spawnSync(NODE, [path.join(ROOT, 'examples', example, 'run.mjs')], { encoding: 'utf8', env: { PATH: empty, TEST_CORR_DEBIAN: empty } });
      expect(stderr).to.match(new RegExp(`^  sudo apt-get install -y --no-install-recommends ${packages}$`, 'm'));
      expect([stdout, status]).to.deep.equal(['', 1]);
    });

    it(`${example}: npm asks for them before it builds, and goes on if they are there`, () => {
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      const run = `examples/${example}/run.mjs`;
      expect(Object.values(scripts)).to.include(`node ${run} --needs && npm run --silent build && node ${run}`);
      const root = mkdtempSync(path.join(empty, 'root-'));
      for (const proof of Object.values(JSON.parse(read('examples/polyglot/debian.json')) as Record<string, string>)) {
        const file = path.join(root, proof.startsWith('/') ? proof : `usr/sbin/${proof}`);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, '');
      }
      const { status, stdout, stderr } = spawnSync(NODE, [path.join(ROOT, run), '--needs'], { encoding: 'utf8', env: { PATH: empty, TEST_CORR_DEBIAN: root } });
      expect([stdout, stderr, status]).to.deep.equal(['', '', 0]);
    });
  }
});

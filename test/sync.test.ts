import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT, filesIn, read } from './checkout';
import { PACKAGES } from './packages/pack';

const SYNC = path.join(ROOT, 'scripts/sync.mjs');
const READMES = PACKAGES.map((name) => `packages/${name}/README.md`);
const MANIFESTS = PACKAGES.map((name) => `packages/${name}/package.json`);
const { repository } = JSON.parse(read('package.json')) as { repository: { url: string } };
const web = repository.url.replace(/^git\+|\.git$/g, '');

describe('npm run sync', () => {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'corr-sync-'));
  const sync = (cwd: string, ...args: string[]): { status: number | null; said: string[] } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SYNC, ...args], { cwd, encoding: 'utf8' });
    expect(stderr).to.equal('');
    return { status, said: stdout.split('\n').filter((line) => line !== '').sort() };
  };
  const change = (file: string, from: string, to: string): void => {
    const text = readFileSync(path.join(copy, file), 'utf8');
    expect(text).to.include(from);
    writeFileSync(path.join(copy, file), text.replaceAll(from, to));
  };

  before(() => {
    const files = ['package.json', 'README.md', ...filesIn('docs'), ...filesIn('packages').filter((file) => !file.includes('/test/'))];
    for (const file of files) cpSync(path.join(ROOT, file), path.join(copy, file));
  });
  after(() => rmSync(copy, { recursive: true }));

  it('has nothing to do: the packages match the root and the documents', () => {
    expect(sync(ROOT, '--check')).to.deep.equal({ status: 0, said: [] });
  });

  it("changes the repository's address everywhere from the root's package.json", () => {
    change('package.json', web, 'https://git.example/team/ids');
    const differing = [...READMES, ...MANIFESTS].sort().map((file) => `${file} differs: run \`npm run sync\``);
    expect(sync(copy, '--check')).to.deep.equal({ status: 1, said: differing });
    expect(sync(copy).status).to.equal(0);
    for (const file of [...READMES, ...MANIFESTS]) expect(readFileSync(path.join(copy, file), 'utf8'), file).to.include('https://git.example/team/ids').and.not.include(web);
    expect(sync(copy, '--check').status).to.equal(0);
    expect(['README.md', 'RATIONALE.md', 'CHANGELOG.md', 'bench/README.md', ...filesIn('docs'), ...filesIn('examples')].filter((file) => read(file).includes(web))).to.deep.equal([]);
  });

  it('reports a document or an option that was changed on one side', () => {
    change('README.md', '| `CORR_ECHO` |', '| `CORR_EKKO` |');
    expect(sync(copy, '--check').said).to.deep.equal(['docs/options.md', 'packages/auto-register/README.md'].map((file) => `${file} differs: run \`npm run sync\``));
    sync(copy);
    change('packages/log-bridge/src/correlation-mixin.ts', 'Name of the field that has the ID.', 'The field.');
    expect(sync(copy, '--check').said).to.deep.equal(['docs/options.md', 'packages/log-bridge/README.md'].map((file) => `${file} differs: run \`npm run sync\``));
  });
});

describe('the npm page of', () => {
  for (const name of PACKAGES) {
    it(`@corr/${name}: stands alone`, () => {
      const page = read(`packages/${name}/README.md`);
      for (const part of ['Install', 'Options', 'Troubleshooting']) expect(page).to.match(new RegExp(`^## ${part}\\b`, 'm'));
      expect(page, 'an example of the output').to.match(/^```(json|console)$|; \/\/ /m);
      expect([...page.matchAll(/\]\((?!https:)[^)]*\)/g)].map(([link]) => link)).to.deep.equal([]);
    });

    it(`@corr/${name}: shows author, repository and published provenance`, () => {
      const manifest = JSON.parse(read(`packages/${name}/package.json`)) as Record<string, unknown>;
      expect(manifest).to.deep.include({
        license: 'Apache-2.0',
        author: 'The @corr authors',
        repository: { ...repository, directory: `packages/${name}` },
        homepage: `${web}/tree/main/packages/${name}#readme`,
        bugs: `${web}/issues`,
        publishConfig: { access: 'public', provenance: true },
      });
    });
  }
});

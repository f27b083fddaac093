import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import path from 'node:path';
import { NODE, PRELOAD } from './app';
import { filesIn, read } from './checkout';

/** The sibling packages that each package may import. */
const ARROWS: Record<string, readonly string[]> = {
  propagator: [],
  'log-bridge': ['@corr/propagator'],
  'auto-register': ['@corr/log-bridge', '@corr/propagator'],
  story: [],
};
/** The folders of auto-register, each with the folders below it that it may import; the entry floor may import all. */
const WINGS: Record<string, readonly string[]> = {
  // A command beside the preload: it reads the configuration like the entry floor.
  check: ['.', 'telemetry'],
  inbound: ['hops', 'node'],
  outbound: ['hops', 'node'],
  hops: ['node'],
  queues: ['node'],
  telemetry: ['node'],
  node: [],
};
const LONGEST = 220; // lines; most have fewer than 120

describe('architecture', () => {
  for (const [name, siblings] of Object.entries(ARROWS)) {
    it(`lets ${name} import ${siblings.length === 0 ? 'no sibling' : siblings.join(' and ')}`, () => {
      const folder = `packages/${name}`;
      const imported = filesIn(`${folder}/src`).flatMap((file) => importsOf(file));
      const known = new Set(imported.flatMap((module) => /^@corr\/[^/]+/.exec(module)?.[0] ?? []));
      expect([...known].sort()).to.deep.equal(siblings);

      const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as { dependencies?: Record<string, string> };
      expect(Object.keys(dependencies).filter((each) => each.startsWith('@corr/')).sort()).to.deep.equal(siblings);
    });
  }

  it('has imports between the folders of auto-register that point downwards only', () => {
    const root = 'packages/auto-register/src';
    for (const file of filesIn(root)) {
      const from = path.dirname(path.relative(root, file));
      const others = importsOf(file).filter((module) => module.startsWith('.')).map((module) => path.dirname(path.join(from, module)));
      const known = others.filter((wing) => wing !== from && wing !== '..');
      expect(from === '.' ? Object.keys(WINGS) : WINGS[from], `${file} knows ${known.join(', ')}`).to.include.members(known);
    }
  });

  it('keeps source files short', () => {
    for (const file of filesIn('packages').filter((each) => each.includes('/src/'))) {
      expect(read(file).split('\n').length, file).to.be.at.most(LONGEST);
    }
  });

  it('has no grab-bag file', () => {
    const files = ['packages', 'test', 'examples'].flatMap((folder) => filesIn(folder));
    expect(files).to.have.length.greaterThan(50);
    expect(files.filter((file) => /\/(utils?|helpers?|common|misc)\.\w+$/.test(file))).to.deep.equal([]);
  });

  it('has examples that use public names only', () => {
    const code = filesIn('examples').filter((file) => /\.[cm]?[jt]s$/.test(file));
    expect(code).to.have.length.greaterThan(0);
    for (const file of code) {
      expect(read(file), file).to.not.match(/@corr\/[\w-]+\/(?!instrumentation\b)|packages\/[\w-]+\/(src|dist)/);
    }
  });

  it('has no unused script', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const documents = ['README.md', 'bench/README.md', ...filesIn('docs'), ...filesIn('.ci')].map(read).join('\n');
    const unused = Object.keys(scripts).filter((name) => {
      if (name.startsWith('pre') && scripts[name.slice(3)] !== undefined) return false;
      const call = new RegExp(`npm (run )?(--silent )?${name}(?![\\w:-])`);
      return !call.test(documents) && !Object.values(scripts).some((script) => call.test(script));
    });
    expect(unused).to.deep.equal([]);
  });

  it('loads only the API of OpenTelemetry to carry an ID', () => {
    expect(loadedWith({})).to.have.length.greaterThan(0);
    expect(loadedWith({}).filter((file) => /@opentelemetry\/(?!api\/)/.test(file))).to.deep.equal([]);
  });

  it('loads the SDK if telemetry is asked for', () => {
    expect(loadedWith({ OTEL_TRACES_EXPORTER: 'console' }).some((file) => file.includes('@opentelemetry/sdk-node/'))).to.equal(true);
  });
});

function importsOf(file: string): string[] {
  return [...read(file).matchAll(/(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*'([^']+)'/g)].map(([, module]) => module as string);
}

/** The files that Node's CommonJS loader has loaded when a process with the preload starts. */
function loadedWith(env: NodeJS.ProcessEnv): string[] {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(CORR_|OTEL_|NODE_OPTIONS)/.test(name)));
  const script = 'process.stdout.write(JSON.stringify(Object.keys(require.cache)))';
  return JSON.parse(execFileSync(NODE, ['-r', PRELOAD, '-e', script], { env: { ...clean, ...env }, encoding: 'utf8' })) as string[];
}

/*
 * Puts a project's source, including its tests, into a folder outside this checkout: an npm tarball that contains
 * them, the upstream tarball of a Debian source package, or a tag of a public repository. A folder of unpacked
 * checkouts (TEST_FOREIGN_SOURCES) takes precedence.
 */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const CACHE = process.env.TEST_FOREIGN_CACHE || path.join(tmpdir(), 'corr-foreign');

/** A project's requirement is not available on this machine. */
export class OutOfReach extends Error {}

/** The project's folder with everything that its tests need; made once, then reused. */
export function prepare(project, major) {
  const from = project.from[major] ?? project.from;
  if (from.npm === undefined && from.debian === undefined && from.git === undefined) throw new OutOfReach(`no source for Node ${major}`);
  const key = createHash('sha256').update(JSON.stringify([from, project.needs, project.remove])).digest('hex').slice(0, 8);
  const folder = path.join(CACHE, `${project.name}-${key}`);
  const ready = path.join(folder, '.corr-ready');
  if (!existsSync(ready)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    try {
      const version = unpack(project.name, from, folder);
      for (const file of project.remove ?? []) rmSync(path.join(folder, file), { recursive: true, force: true });
      if (project.needs !== undefined) install(folder, project.needs);
      writeFileSync(ready, version);
    } catch (error) {
      const said = String(error.stderr ?? '').trim().split('\n').at(-1) || error.message;
      throw error instanceof OutOfReach ? error : new OutOfReach(said);
    }
  }
  return { folder, version: readFileSync(ready, 'utf8') };
}

function unpack(name, from, folder) {
  const given = process.env.TEST_FOREIGN_SOURCES && path.join(process.env.TEST_FOREIGN_SOURCES, name);
  if (given && existsSync(given)) {
    cpSync(given, folder, { recursive: true, filter: (file) => !/[\\/](\.git|node_modules)$/.test(file) });
    return 'as given';
  }
  if (from.npm !== undefined) return fromNpm(from.npm, folder);
  if (from.debian !== undefined) return fromDebian(from.debian, folder);
  run('git', ['-c', 'advice.detachedHead=false', 'clone', '--quiet', '--depth', '1', '--branch', from.tag, from.git, folder]);
  return from.tag.replace(/^v/, '');
}

function fromNpm(spec, folder) {
  const tarball = run('npm', ['pack', '--silent', '--pack-destination', folder, spec], { cwd: folder }).trim().split('\n').at(-1);
  run('tar', ['xf', path.join(folder, tarball), '-C', folder, '--strip-components=1']);
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
}

/**
 * The upstream tarball alone, because Debian's patches concern Debian. It uses separate apt lists, so that the machine's do not get
 * another suite.
 */
function fromDebian(source, folder) {
  const [, suite] = source.split('/');
  const home = path.join(CACHE, `apt-${suite}`);
  const list = path.join(home, 'sources.list');
  const apt = (args, options) =>
    run('apt-get', ['-o', `Dir::Etc::sourcelist=${list}`, '-o', 'Dir::Etc::sourceparts=/dev/null', '-o', `Dir::State::lists=${home}/lists`, '-o', `Dir::Cache=${home}`, ...args], options);
  if (!existsSync(path.join(home, 'lists'))) {
    mkdirSync(path.join(home, 'lists/partial'), { recursive: true });
    mkdirSync(path.join(home, 'archives/partial'), { recursive: true });
    writeFileSync(list, `deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror()} ${suite} main\n`);
    try {
      apt(['-qq', '-o', 'APT::Update::Error-Mode=any', 'update']);
    } catch (error) {
      rmSync(home, { recursive: true });
      throw error;
    }
  }
  const empty = mkdtempSync(path.join(tmpdir(), 'corr-apt-')); // apt skips files that exist already
  try {
    const files = apt(['-qq', 'source', '--only-source', '--print-uris', source], { cwd: empty }).matchAll(/^'(\S+)' (\S+_(\S+?)\.orig\.tar\.\w+) \d+ (\S+)$/gm);
    for (const [, uri, file, version, hash] of files) {
      const tarball = path.join(empty, file);
      run('/usr/lib/apt/apt-helper', ['download-file', uri, tarball, hash]);
      run('tar', ['xf', tarball, '-C', folder, '--strip-components=1']);
      return version.replace(/\+.*/, '');
    }
    throw new OutOfReach(`no upstream tarball of ${source}`);
  } finally {
    rmSync(empty, { recursive: true });
  }
}

/** The mirror of this machine's own packages. */
function mirror() {
  const uris = run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']).split('\n');
  const found = uris.find((uri) => /\/debian\/?$/.test(uri));
  if (found === undefined) throw new OutOfReach('apt on this machine has no Debian mirror');
  return found;
}

/** Installs the project's dependencies, and the development dependencies that its tests load. No scripts run: nothing is built. */
function install(folder, needs) {
  const file = path.join(folder, 'package.json');
  const { devDependencies = {}, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
  const wanted = Object.entries(devDependencies).filter(([name]) => needs.includes(name));
  const missing = needs.filter((name) => name.indexOf('@', 1) === -1 && !(name in devDependencies));
  if (missing.length > 0) throw new Error(`${manifest.name} has no development dependency ${missing.join(', ')}`);
  const added = needs.filter((name) => name.indexOf('@', 1) !== -1).map((spec) => [spec.slice(0, spec.indexOf('@', 1)), spec.slice(spec.indexOf('@', 1) + 1)]);
  writeFileSync(file, JSON.stringify({ ...manifest, workspaces: undefined, scripts: {}, devDependencies: Object.fromEntries([...wanted, ...added]) }, null, 2));
  for (const name of readdirSync(folder)) if (/^(package-lock|npm-shrinkwrap)\.json$/.test(name)) rmSync(path.join(folder, name));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps', '--loglevel=error'], { cwd: folder });
}

function run(program, args, options) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26, ...options });
}

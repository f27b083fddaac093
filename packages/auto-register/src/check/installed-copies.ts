import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import path = require('node:path');

/** One installed copy of a package. */
export interface Copy {
  name: string;
  version: string;
  folder: string;
}

/** Finds every copy of these packages in the `node_modules` visible from a folder, including nested ones and pnpm's store. */
export function installedCopies(names: readonly string[], from: string): Copy[] {
  const found = new Map<string, Copy>();
  const seen = new Set<string>();
  const look = (modules: string): void => {
    const real = realPath(modules);
    if (real === undefined || seen.has(real)) return;
    seen.add(real);
    for (const folder of packagesIn(real)) {
      const target = realPath(folder);
      const manifest = target === undefined ? undefined : manifestIn(target);
      if (target === undefined || manifest === undefined) continue;
      if (names.includes(manifest.name)) found.set(target, { ...manifest, folder: target });
      look(path.join(target, 'node_modules'));
    }
  };
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    look(path.join(folder, 'node_modules'));
    if (folder === path.dirname(folder)) break;
  }
  return [...found.values()].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name) || (a.folder < b.folder ? -1 : 1));
}

function packagesIn(modules: string): string[] {
  return entriesOf(modules).flatMap((name) => {
    const folder = path.join(modules, name);
    if (name.startsWith('@')) return entriesOf(folder).map((scoped) => path.join(folder, scoped));
    if (name === '.pnpm') return entriesOf(folder).flatMap((stored) => packagesIn(path.join(folder, stored, 'node_modules')));
    return name.startsWith('.') ? [] : [folder];
  });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function realPath(folder: string): string | undefined {
  try {
    return existsSync(folder) ? realpathSync(folder) : undefined;
  } catch {
    return undefined;
  }
}

function manifestIn(folder: string): { name: string; version: string } | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: unknown; version?: unknown };
    return typeof name === 'string' && typeof version === 'string' ? { name, version } : undefined;
  } catch {
    return undefined;
  }
}

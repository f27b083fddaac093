import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Name and version of the package that a file belongs to, and its folder; `undefined` outside of any. */
export function packageOf(file: string): { name: string; version: string; folder: string } | undefined {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: unknown; version?: unknown };
      // One with neither only says what kind of modules a folder has.
      if (typeof name === 'string' && typeof version === 'string') return { name, version, folder };
    } catch {
      // The next one up.
    }
  }
  return undefined;
}

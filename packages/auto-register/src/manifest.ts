import { readFileSync } from 'node:fs';
import path = require('node:path');

/** Name, version and folder of the package that a file belongs to; `undefined` outside any package. */
export function packageOf(file: string): { name: string; version: string; folder: string } | undefined {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: unknown; version?: unknown };
      // A manifest with neither only sets the module type of a folder.
      if (typeof name === 'string' && typeof version === 'string') return { name, version, folder };
    } catch {
      // No manifest here: try the parent folder.
    }
  }
  return undefined;
}

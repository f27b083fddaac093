import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The checkout under test; paths of files are relative to it. */
export const ROOT = path.join(__dirname, '..');

export const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** All files of a folder that belong to the project: nothing installed, nothing built. */
export function filesIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const at = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [at];
    return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesIn(at);
  });
}

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '../..');
/** The packages, by folder name. */
export const PACKAGES = ['propagator', 'log-bridge', 'auto-register', 'story'] as const;

/** Packs the packages into a folder. Returns the path of each tarball. */
export function pack(folder: string): Record<(typeof PACKAGES)[number], string> {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, ...PACKAGES.flatMap((name) => ['--workspace', `@corr/${name}`])], { cwd: ROOT });
  const tarball = (name: string): string => path.join(folder, readdirSync(folder).find((file) => file.startsWith(`corr-${name}-`)) as string);
  return { propagator: tarball('propagator'), 'log-bridge': tarball('log-bridge'), 'auto-register': tarball('auto-register'), story: tarball('story') };
}

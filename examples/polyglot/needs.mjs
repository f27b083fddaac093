import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Debian packages that the examples need, each with a program or file that proves its presence. */
const PROOFS = JSON.parse(readFileSync(new URL('debian.json', import.meta.url), 'utf8'));

/**
 * Exits with 1 before anything is started if a package is missing, and prints the one command that installs it. With `--needs`, the
 * example ends here: npm asks before it builds.
 */
export function needs(...packages) {
  const missing = packages.filter((name) => !isThere(PROOFS[name]));
  if (missing.length === 0 && process.argv.includes('--needs')) process.exit(0);
  if (missing.length === 0) return;
  console.error(`This example runs ${packages.join(', ')}. Not installed: ${missing.join(', ')}. Install with:\n\n  sudo apt-get install -y --no-install-recommends ${missing.join(' ')}\n`);
  process.exit(1);
}

/** Debian installs servers in directories that only root's PATH contains. In a test, TEST_CORR_DEBIAN replaces `/`. */
function isThere(proof) {
  const root = process.env.TEST_CORR_DEBIAN ?? '/';
  if (proof.startsWith('/')) return existsSync(path.join(root, proof));
  return [...(process.env.PATH ?? '').split(path.delimiter), path.join(root, 'usr/sbin'), path.join(root, 'usr/local/sbin')].some((folder) => existsSync(path.join(folder, proof)));
}

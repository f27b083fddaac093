import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Debian's packages that the examples run, each with a program or a file that proves it is there. */
const PROOFS = JSON.parse(readFileSync(new URL('debian.json', import.meta.url), 'utf8'));

/** Ends the process with 1, and with the one command that installs what is missing, before anything is started. */
export function needs(...packages) {
  const missing = packages.filter((name) => !isThere(PROOFS[name]));
  if (missing.length === 0) return;
  console.error(`This example runs ${packages.join(', ')}. Not installed: ${missing.join(', ')}. Install with:\n\n  sudo apt-get install -y --no-install-recommends ${missing.join(' ')}\n`);
  process.exit(1);
}

/** Debian keeps servers where only root's PATH looks. TEST_CORR_DEBIAN stands for `/` in a test of this. */
function isThere(proof) {
  const root = process.env.TEST_CORR_DEBIAN ?? '/';
  if (proof.startsWith('/')) return existsSync(path.join(root, proof));
  return [...(process.env.PATH ?? '').split(path.delimiter), path.join(root, 'usr/sbin'), path.join(root, 'usr/local/sbin')].some((folder) => existsSync(path.join(folder, proof)));
}

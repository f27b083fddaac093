import { existsSync } from 'node:fs';
import path from 'node:path';
import EXAMPLES from '../../examples/polyglot/debian.json';

/** Packages that the stack needs, each with a program or file that proves its presence. */
const PACKAGES = {
  ...EXAMPLES,
  'libnginx-mod-http-lua': '/usr/lib/nginx/modules/ngx_http_lua_module.so',
  haproxy: 'haproxy',
  caddy: 'caddy',
  postgresql: '/usr/lib/postgresql',
  'mariadb-server': 'mariadbd',
  memcached: 'memcached',
  mosquitto: 'mosquitto',
  'nats-server': 'nats-server',
  'clickhouse-server': 'clickhouse-server',
  curl: 'curl',
  lnav: 'lnav',
  chromium: 'chromium',
} as const;

export type Package = keyof typeof PACKAGES;

/** Skips a suite and says what to install if a Debian package is missing. With `TEST_CORR_REQUIRE_STACK=1` it fails instead. */
export function needs(suite: Mocha.Context, ...packages: Package[]): void {
  const missing = packages.filter((name) => !isThere(PACKAGES[name]));
  if (missing.length === 0) return;
  const advice = `not installed: apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.env['TEST_CORR_REQUIRE_STACK'] === '1') throw new Error(advice);
  console.log(`      skipped, ${advice}`);
  suite.skip();
}

/** The path of a program; Debian installs servers in directories that only root's PATH contains. */
export function programPath(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  return directories.map((directory) => path.join(directory, name)).find((file) => existsSync(file));
}

function isThere(proof: string): boolean {
  return proof.startsWith('/') ? existsSync(proof) : programPath(proof) !== undefined;
}

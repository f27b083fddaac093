import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { needs, programPath } from '../stack/debian';
import type { Package } from '../stack/debian';
import { freePort, until } from '../stack/program';

/** How a Debian server is set up in an empty directory and started on a port. */
interface Kind {
  package: Package;
  start(directory: string, port: number): [program: string, args: string[]];
  /** Its output when it accepts clients. */
  ready: RegExp;
  /** The user that it must run as if root starts it. */
  user?: string;
}

const KINDS = {
  postgresql: {
    package: 'postgresql',
    user: 'postgres',
    ready: /database system is ready to accept connections/,
    start(directory, port) {
      const programs = path.join('/usr/lib/postgresql', readdirSync('/usr/lib/postgresql').sort().at(-1) as string, 'bin');
      const data = path.join(directory, 'data');
      execFileSync(path.join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], { ...identity('postgres'), cwd: directory, stdio: 'ignore' });
      const settings = { listen_addresses: '127.0.0.1', fsync: 'off', max_connections: '50' };
      return [path.join(programs, 'postgres'), ['-D', data, '-k', directory, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]];
    },
  },
  mariadb: {
    package: 'mariadb-server',
    ready: /ready for connections/,
    start(directory, port) {
      const data = path.join(directory, 'data');
      const user = os.userInfo().username;
      execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, `--user=${user}`, '--auth-root-authentication-method=normal', '--skip-test-db'], { stdio: 'ignore' });
      const first = path.join(directory, 'first.sql');
      writeFileSync(first, "create database corr;\ncreate user corr@'127.0.0.1';\ngrant all on *.* to corr@'127.0.0.1';\n");
      return ['mariadbd', ['--no-defaults', `--datadir=${data}`, `--user=${user}`, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${path.join(directory, 'socket')}`, `--init-file=${first}`, '--skip-name-resolve']];
    },
  },
  redis: {
    package: 'redis-server',
    ready: /Ready to accept connections/,
    start: (_, port) => ['redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '']],
  },
  memcached: {
    package: 'memcached',
    ready: /server listening/,
    start: (_, port) => ['memcached', ['-vv', '-u', os.userInfo().username, '-l', '127.0.0.1', '-p', String(port)]],
  },
  mosquitto: {
    package: 'mosquitto',
    user: 'mosquitto',
    ready: /mosquitto version .* running/,
    start(directory, port) {
      const settings = path.join(directory, 'settings');
      writeFileSync(settings, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
      return ['mosquitto', ['-c', settings]];
    },
  },
  nats: {
    package: 'nats-server',
    ready: /Server is ready/,
    start: (_, port) => ['nats-server', ['-a', '127.0.0.1', '-p', String(port)]],
  },
} satisfies Record<string, Kind>;

export type Server = keyof typeof KINDS;

function identity(user: string | undefined): { uid?: number; gid?: number } {
  if (user === undefined || process.getuid?.() !== 0) return {};
  const number = (flag: string): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

/** The servers of a suite, each on a free port; they end with the suite. */
export class Servers {
  readonly ports: Partial<Record<Server, number>> = {};
  private readonly running: { child: ChildProcess; directory: string }[] = [];

  /** Starts them; skips the suite if one is not installed. */
  async start(suite: Mocha.Context, ...names: Server[]): Promise<void> {
    needs(suite, ...names.map((name) => KINDS[name].package));
    await Promise.all(names.map((name) => this.startOne(name, KINDS[name])));
  }

  async stop(): Promise<void> {
    for (const { child, directory } of this.running) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT'); // ends PostgreSQL even if clients are connected
        child.kill('SIGTERM');
        await once(child, 'close');
      }
      rmSync(directory, { recursive: true, force: true });
    }
  }

  private async startOne(name: Server, { start, ready, user }: Kind): Promise<void> {
    const directory = mkdtempSync(path.join(os.tmpdir(), `corr-${name}-`));
    chmodSync(directory, 0o755);
    const { uid, gid } = identity(user);
    if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid);
    const port = await freePort();
    const [program, args] = start(directory, port);
    const child = spawn(programPath(program) ?? program, args, { cwd: directory, ...identity(user), stdio: ['ignore', 'pipe', 'pipe'] });
    this.running.push({ child, directory });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
    await until(`${name} to be ready`, () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output}`);
      return ready.test(output);
    });
    this.ports[name] = port;
  }
}

/** Where `.ci/stack` installs Debian's build of sqlite3, because npm's package compiles for minutes. */
export const SQLITE3 = '/usr/local/lib/corr-test/sqlite3';

export function needsSqlite(suite: Mocha.Context): void {
  if (existsSync(SQLITE3)) return;
  const advice = `not installed: ${SQLITE3}, by .ci/stack`;
  if (process.env['TEST_CORR_REQUIRE_STACK'] === '1') throw new Error(advice);
  console.log(`      skipped, ${advice}`);
  suite.skip();
}

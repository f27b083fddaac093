import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { programPath } from './debian';

const BOUND = 20_000;

/** A third-party server, as a child process with its own configuration and directory. */
export class Program {
  output = '';
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;

  /** Copies a directory of the examples with other ports, and starts the program there. */
  constructor(
    name: string,
    args: readonly string[],
    from: string,
    ports: Readonly<Record<string, number>>,
    readonly directory = mkdtempSync(path.join(os.tmpdir(), 'corr-stack-')),
  ) {
    chmodSync(directory, 0o755); // if root starts nginx, its workers run as another user
    cpSync(from, directory, { recursive: true });
    for (const file of readdirSync(directory)) replacePorts(path.join(directory, file), ports);
    this.child = spawn(programPath(name) ?? name, args, {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => void (this.output += text));
    }
    this.closed = once(this.child, 'close');
  }

  /** Waits until the port accepts connections. */
  async listening(port: number): Promise<void> {
    await until(`a connection to port ${port}`, () => {
      if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}: ${this.output}`);
      return connects(port);
    });
  }

  /** The content of a file in its directory; without a name, its standard output and error. */
  log(file?: string): string {
    return file === undefined ? this.output : readFileSync(path.join(this.directory, file), 'utf8');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.closed;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Polls until a condition holds, up to a limit; for conditions without an event. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + BOUND;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${BOUND} ms in vain for ${what}`);
    await pause(10);
  }
}

/** A port of 127.0.0.1 that was just free, for a server that cannot report its port. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function connects(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function replacePorts(file: string, ports: Readonly<Record<string, number>>): void {
  if (!statSync(file).isFile()) return;
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/127\.0\.0\.1:(\d+)/g, (all, port: string) => (port in ports ? `127.0.0.1:${String(ports[port])}` : all)));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { endpointOfRun } from './telemetry/endpoint-of-run';

/** A record that an app wrote to standard output. */
export interface Line {
  msg?: string;
  correlation_id?: string;
  [field: string]: unknown;
}

export interface StartOptions {
  /** How the preload is loaded. Default `require`; `options` uses NODE_OPTIONS. */
  preload?: 'require' | 'import' | 'options' | 'none';
  env?: Record<string, string | undefined>;
  /** Further arguments for Node, before the entry. */
  nodeArgs?: string[];
  /** Arguments for the app. */
  args?: string[];
  /** Another program instead of Node, without a preload. */
  program?: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The preload under test: this checkout's, unless another installation is named. */
export const PRELOAD = process.env['TEST_CORR_PRELOAD'] ?? path.join(__dirname, '../packages/auto-register/dist/register.js');
/** The Node under test; the version matrix uses another one than the Node that runs the tests. */
export const NODE = process.env['TEST_CORR_NODE'] ?? process.execPath;

/** `#pino` of the fixtures: the newest, unless another version from test/package.json is under test (`pino8`, `pino9`). */
const CONDITIONS = process.env['TEST_CORR_PINO'] === undefined ? [] : [`--conditions=${process.env['TEST_CORR_PINO']}`];
/** `TEST_CORR_MODE=trace` runs the same suites in trace mode, with a test endpoint for the spans. */
const endpoint = process.env['TEST_CORR_MODE'] === 'trace' ? endpointOfRun() : undefined;
/** Variables that an app must not inherit from the test run; fixtures may read `TEST_CORR_*`. */
const OURS = /^(NODE_OPTIONS|CORRELATION_ID|OTEL_.*|CORR_(?!TEST_).*)$/;

/** A real application in a separate process, and its output. */
export class App {
  readonly lines: Line[] = [];
  readonly exited: Promise<Exit>;
  stderr = '';
  /** Standard output that was not JSON. */
  other = '';
  /** All of standard output. */
  stdout = '';
  private waiting: (() => void)[] = [];
  private rest = '';

  private constructor(readonly process: ReturnType<typeof spawn>) {
    process.stdout?.setEncoding('utf8').on('data', (text: string) => this.read(text));
    process.stderr?.setEncoding('utf8').on('data', (text: string) => void (this.stderr += text));
    this.exited = once(process, 'close').then(([code, signal]) => {
      this.wake();
      return { code, signal } as Exit;
    });
  }

  /** Starts a fixture (a path relative to `test/fixtures`, or an absolute one). */
  static start(entry: string, { preload = 'require', env = {}, nodeArgs = [], args = [], program }: StartOptions = {}): App {
    const inherited: StartOptions['env'] = {};
    for (const [name, value] of Object.entries(process.env)) if (!OURS.test(name)) inherited[name] = value;
    const flags = preload === 'require' ? ['-r', PRELOAD] : preload === 'import' ? ['--import', pathToFileURL(PRELOAD).href] : [];
    const file = path.resolve(__dirname, 'fixtures', entry);
    const child = spawn(program ?? NODE, program === undefined ? [...flags, ...CONDITIONS, ...nodeArgs, file, ...args] : [file, ...args], {
      env: { ...inherited, ...endpoint?.environment(), ...(preload === 'options' ? { NODE_OPTIONS: `-r ${PRELOAD}` } : {}), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new App(child);
  }

  /** The first line, past or future, that matches; fails if the process ends without it. */
  async line(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(fits);
      if (found !== undefined) return found;
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        await this.exited;
        const last = this.lines.find(fits);
        if (last !== undefined) return last;
        throw new Error(`the app ended without the line; stderr: ${this.stderr}; stdout: ${JSON.stringify(this.lines)} ${this.other}`);
      }
      await new Promise<void>((wake) => this.waiting.push(wake));
    }
  }

  /** Waits for the next piece of output, or the end of the app. */
  async next(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) throw new Error(`the app ended; stderr: ${this.stderr}`);
    await new Promise<void>((wake) => this.waiting.push(wake));
  }

  /** The port from the line `{"msg":"listening","port":…}`, which every fixture server writes when it is ready. */
  async port(): Promise<number> {
    return (await this.line((line) => line.msg === 'listening')).port as number;
  }

  /** Ends the app and waits for it. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    return this.exited;
  }

  private read(text: string): void {
    this.stdout += text;
    const pieces = (this.rest + text).split('\n');
    this.rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      try {
        this.lines.push(JSON.parse(piece) as Line);
      } catch {
        this.other += `${piece}\n`;
      }
    }
    this.wake();
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}

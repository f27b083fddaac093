import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import * as propagator from '@corr/propagator';
import { VARIABLES } from '../packages/auto-register/src/environment';
import { NODE } from './app';
import { ROOT, filesIn, read } from './checkout';
import { Receiver } from './telemetry/receiver';
import { describeInFull } from './breadth';

// The reader's own files: the application that the commands start, and a job.
const BODY = `
const log = pino();
const server = http.createServer((request, response) => {
  log.info('order opened');
  http.get(process.env.STOCK_URL + '/stock/1', (answer) => answer.resume().on('end', () => response.end()));
});
server.listen(0, '127.0.0.1', () => log.info({ port: server.address().port }, 'listening'));
process.once('SIGTERM', () => server.close());
`;
const FILES: Record<string, string> = {
  'app.js': `const http = require('node:http');\nconst pino = require('pino');${BODY}`,
  'app.mjs': `import http from 'node:http';\nimport pino from 'pino';${BODY}`,
  'app.ts': `import http from 'node:http';\nimport pino from 'pino';${BODY.replace('server.address().port', '(server.address() as { port: number }).port')}`,
  'job.js': `require('pino')().info('job done');`,
};

interface Block {
  language: string;
  text: string;
  line: number;
}

/** Blocks written in this document; those that `npm run sync` copies are tested in their source. */
function blocksOf(document: string): Block[] {
  const markdown = document.replace(/^<!-- from [^]*?^<!-- end -->$/gm, (copied) => copied.replace(/[^\n]/g, ''));
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(({ 1: language = '', 2: text = '', index }) => ({
    language,
    text,
    line: markdown.slice(0, index).split('\n').length,
  }));
}

/** Anchors that GitHub generates from headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-'));
}

/** Follows a README in order, in a folder where everything is installed. */
class Reader {
  private folder = '';
  /** The lines shown last. */
  private shown = '';
  /** Log lines of everything run so far. */
  private readonly written: string[] = [];
  /** The last request that the next service received, as on the wire. */
  private received = '';
  private child: ChildProcess | undefined;
  /** A collector, for commands that send telemetry. */
  private collector: Receiver | undefined;
  private readonly stock = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.setEncoding('latin1').once('data', (text) => {
      this.received = String(text);
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });

  async begin(): Promise<void> {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'corr-readme-'));
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.folder, 'node_modules'));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(this.folder, name), text);
    await once(this.stock.listen(0, '127.0.0.1'), 'listening');
    this.collector = await Receiver.start();
  }

  async end(): Promise<void> {
    this.child?.kill('SIGKILL'); // no effect, unless a test timed out
    await this.collector?.stop();
    await once(this.stock.close(), 'close');
    rmSync(this.folder, { recursive: true });
  }

  async follow(language: string, text: string): Promise<void> {
    switch (language) {
      case 'sh':
        for (const command of text.trimEnd().split('\n')) await this.command(command);
        return;
      case 'js':
        return this.script(text);
      case 'json':
        return void expect(this.written).to.include(anyTime(text.trimEnd()));
      case 'http':
        return void expect(anyTime(this.received.trimEnd().replaceAll('\r', ''))).to.equal(anyTime(text.trimEnd()));
      case 'console':
        return this.session(text);
      case 'text':
        this.shown = text;
        return;
      default:
        throw new Error(`nobody knows how to run ${language === '' ? 'a block of no language' : language}`);
    }
  }

  /** A command of @corr/story, and its full output for the logs in fixtures/story. */
  private session(text: string): void {
    const [, command = '', said] = /^\$ npx @corr\/story (.*)\n([^]*)$/.exec(text) ?? [];
    const cli = path.join(ROOT, 'packages/story/dist/cli.js');
    const { stdout } = spawnSync(NODE, [cli, ...command.split(' ')], { cwd: path.join(__dirname, 'fixtures/story'), encoding: 'utf8', env: { PATH: process.env['PATH'], TZ: 'UTC' } });
    expect(stdout.trimEnd()).to.equal(said?.trimEnd());
  }

  private async command(command: string): Promise<void> {
    const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
    const installed = /^npm install (@corr\/(\S+))$/.exec(command);
    if (installed !== null) {
      const { name, private: hidden } = JSON.parse(read(`packages/${installed[2]}/package.json`)) as { name: string; private?: boolean };
      expect([name, hidden]).to.deep.equal([installed[1], undefined]);
    } else if (command === 'npm ci && npm test') {
      // Running it here would recurse; continuous integration runs the same files, and all of them.
      expect(read('.ci/run')).to.match(/^step 'npm ci && .*npm run test:all'$/m);
      expect(scripts['test:all']).to.equal('TEST_CORR_BREADTH=all TEST_CORR_JOBS=1 npm test');
      expect(scripts['test']).to.match(/ mocha .*test\/\*\*\/\*\.test\.ts/);
    } else if (command === 'npm ci && npm run demo') {
      // demo.test.ts runs that file. The build before it would replace files that other tests are using.
      expect(scripts['demo']).to.match(/^npm run --silent build && node examples\/demo\/demo\.mjs$/);
    } else if (/\bnode .*\bapp\.\w+$/.test(command)) await this.server(command);
    else if (/\bnode .*\bjob\.js$/.test(command)) expect((await this.run(command)).code).to.equal(0);
    else if (command.startsWith('grep ')) {
      writeFileSync(path.join(this.folder, 'all.log'), this.shown);
      const { stdout } = spawnSync('bash', ['-c', command], { cwd: this.folder, encoding: 'utf8' });
      expect(stdout.trimEnd().split('\n')).to.deep.equal(this.shown.split('\n').filter((line) => line.includes('"hop":"k3f9.1-')));
    } else throw new Error(`nobody knows how to run: ${command}`);
  }

  /** Starts the application with that command, sends a request with an ID, and looks for the ID in all three places. */
  private async server(command: string): Promise<void> {
    const header = /CORR_ALIASES=(\S+)/.exec(command)?.[1] ?? 'Correlation-Id';
    this.received = '';
    const before = this.written.length;
    const { code } = await this.run(command, async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { [header]: 'checkout-1' } });
      expect(response.headers.get('correlation-id')).to.equal('checkout-1');
    });
    expect(code).to.equal(0);
    expect(this.received).to.match(/^correlation-id: checkout-1\r$/m);
    if (command.includes('OTEL_')) {
      expect(this.collector?.spans.map(({ kind, attributes }) => [kind, attributes['correlation.id']])).to.have.deep.members([['server', 'checkout-1'], ['client', 'checkout-1']]);
    }
    expect(this.written.slice(before).map((line) => (JSON.parse(line) as { correlation_id: string }).correlation_id)).to.deep.equal(['Internal', 'checkout-1']);
  }

  /** If the first line is a file name, the code becomes that file; the last comments of a script are its expected output. */
  private async script(text: string): Promise<void> {
    const named = /^\/\/ (\w+\.js)\n/.exec(text)?.[1];
    writeFileSync(path.join(this.folder, named ?? 'example.js'), text);
    if (named !== undefined) return;
    const before = this.written.length;
    const { code, output } = await this.run('node example.js');
    expect(code, output.join('\n')).to.equal(0);
    const said = [...text.matchAll(/; \/\/ (.+)$/gm)].map(([, comment]) => comment);
    if (said.length > 0) expect(output).to.deep.equal(said);
    expect(output.length + this.written.length - before, 'something to see').to.be.greaterThan(0);
  }

  private async run(command: string, listening?: (port: number) => Promise<void>): Promise<{ code: number | null; output: string[] }> {
    const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${path.dirname(NODE)}${path.delimiter}${process.env['PATH']}` };
    for (const name of Object.keys(env)) if (/^(CORR|OTEL_|NODE_OPTIONS)/.test(name)) delete env[name];
    env['STOCK_URL'] = `http://127.0.0.1:${(this.stock.address() as net.AddressInfo).port}`;
    if (command.includes('OTEL_')) env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] = `${this.collector?.url}/v1/traces`;
    const child = spawn('sh', ['-c', `exec env ${command}`], { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    const closed = once(child, 'close') as Promise<[number | null]>;
    const output: string[] = [];
    let complaint = '';
    let trial: Promise<void> | undefined;
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (complaint += text));
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line);
      if (!line.startsWith('{"level"')) return;
      this.written.push(anyTime(line));
      const { msg, port } = JSON.parse(line) as { msg: string; port: number };
      if (msg !== 'listening') return;
      trial = listening?.(port).finally(() => child.kill());
      trial?.catch(() => {}); // awaited below
    });
    const [code] = await closed;
    await trial;
    expect(complaint).to.equal('');
    return { code, output };
  }
}

/** A line or header block with variable values replaced. */
function anyTime(text: string): string {
  return text
    .replace(/"time":\d+/, '"time":0')
    .replace(/"pid":\d+,"hostname":"[^"]*"/, '"pid":0,"hostname":""')
    .replace(/"port":\d+/, '"port":0')
    .replace(/"trace_id":"[0-9a-f]{32}","span_id":"[0-9a-f]{16}"/, '"trace_id":"","span_id":""')
    .replace(/^Host: 127\.0\.0\.1:\d+$/m, 'Host: 127.0.0.1:0');
}

for (const file of ['README.md', 'packages/propagator/README.md', 'packages/log-bridge/README.md', 'packages/auto-register/README.md', 'packages/story/README.md']) {
  // The packages' pages repeat the main one's blocks.
  (file === 'README.md' ? describe : describeInFull)(`the code of ${file}`, () => {
    const reader = new Reader();
    before(() => reader.begin());
    after(() => reader.end());

    for (const { language, text, line } of blocksOf(read(file))) {
      it(`runs unchanged: ${language} in line ${line}`, async function () {
        this.timeout(120_000);
        await reader.follow(language, text);
      });
    }
  });
}

describe('the links of the documents', () => {
  for (const file of ['README.md', 'RATIONALE.md', 'CHANGELOG.md', ...filesIn('docs'), ...filesIn('packages')].filter((each) => each.endsWith('.md'))) {
    it(`lead to existing files and headings: ${file}`, () => {
      for (const [, address, target = '', anchor] of read(file).matchAll(/\]\((https?:[^)]*\/blob\/main\/)?(?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
        const linked = target === '' ? file : path.join(address === undefined ? path.dirname(file) : '.', target);
        expect(existsSync(path.join(ROOT, linked)), linked).to.equal(true);
        if (anchor !== undefined) expect(anchorsOf(read(linked)), linked).to.include(anchor);
      }
    });
  }
});

describe('the tables of README.md', () => {
  const rows = [...read('README.md').matchAll(/^\| `([^`]+)` \| (.+?) \|/gm)].map(([, name, second]) => [name as string, second as string] as const);

  it('name every variable of the preload, in order, with its default', () => {
    const documented = rows.filter(([name]) => /^CORR/.test(name)).map(([name, fallback]) => [name, fallback.replaceAll('`', '')]);
    const label = documented.findIndex(([name]) => name === 'CORR_INTERNAL_LABEL'); // the only variable whose blank value has a meaning
    expect(documented.splice(label, 1)).to.deep.equal([['CORR_INTERNAL_LABEL', 'Internal']]);
    expect(documented).to.deep.equal(VARIABLES.map(({ name, fallback }) => [name, fallback]));
  });

  it('name functions that exist', () => {
    const functions = rows.flatMap(([name]) => /^(\w+)\(/.exec(name)?.[1] ?? []);
    expect(functions).to.have.length(6);
    for (const name of functions) expect(propagator).to.respondTo(name);
  });
});

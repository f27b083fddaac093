import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { expect } from 'chai';
import { itFrom } from '../../../../test/breadth';
import type { Story } from '../../src/model';

const CLI = path.join(__dirname, '../../dist/cli.js');
const T0 = Date.parse('2026-11-25T03:00:00Z');
const lineOf = (record: object): string => `${JSON.stringify({ level: 30, time: T0, name: 'orders', ...record })}\n`;
const ORDERS = [
  lineOf({ correlation_id: 'checkout-1', msg: 'checkout started' }),
  lineOf({ time: T0 + 320, level: 50, correlation_id: 'checkout-1', err: { type: 'Error', message: 'gave up' }, msg: 'gave up' }),
  lineOf({ time: T0 + 330, correlation_id: 'checkout-1', req: { method: 'POST', url: '/checkout' }, res: { statusCode: 500 }, responseTime: 330, msg: 'request completed' }),
  lineOf({ time: T0 + 400, correlation_id: 'checkout-10', req: { method: 'GET', url: '/' }, res: { statusCode: 200 }, responseTime: 5, msg: 'request completed' }),
  lineOf({ time: T0 + 500, correlation_id: 'other-2', note: 'after checkout-1 was through', msg: 'looked back' }),
];

describe('the command', function () {
  this.timeout(20_000);
  let folder: string;
  const at = (...names: string[]): string => path.join(folder, ...names);
  const put = (name: string, content: string | Buffer): void => {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
  };
  const story = (args: string[], input?: string | Buffer): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8', input: input ?? '', maxBuffer: 2 ** 28, env: { PATH: process.env['PATH'], TZ: 'UTC' } });
  const told = (args: string[], input?: string | Buffer): Story => JSON.parse(story([...args, '--json'], input).stdout) as Story;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-test-'));
    put('logs/orders.log', ORDERS.join(''));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds the lines of one ID, and those that have it in their text, but not those of a longer ID', () => {
    const { status, stdout } = story(['checkout-1', 'logs']);
    expect(status).to.equal(0);
    expect(stdout).to.match(/^checkout-1 {2}failed .* 4 lines\n/);
    const { lines } = told(['checkout-1', 'logs']);
    expect(lines.map(({ msg, textOnly }) => [msg, textOnly === true])).to.deep.equal([['checkout started', false], ['gave up', false], ['request completed', false], ['looked back', true]]);
  });

  it('reads the same from a file, a glob, a folder with rotated files, a pipe, .gz and .zst', () => {
    const whole = told(['checkout-1', 'logs/orders.log']).lines;
    put('rotated/orders.log.1.gz', zlib.gzipSync(ORDERS.slice(0, 2).join('')));
    put('rotated/orders.log', ORDERS.slice(2).join(''));
    put('packed/orders.log.gz', zlib.gzipSync(ORDERS.join('')));
    const results = [['logs/*.log'], ['logs'], ['rotated'], ['packed/orders.log.gz'], ['-']].map((paths) => told(['checkout-1', ...paths], ORDERS.join('')).lines);
    results.push(told(['checkout-1'], ORDERS.join('')).lines, told(['checkout-1'], zlib.gzipSync(ORDERS.join(''))).lines);
    for (const lines of results) expect(lines.map(({ msg, time }) => [msg, time])).to.deep.equal(whole.map(({ msg, time }) => [msg, time]));
    const packed = spawnSync('zstd', ['-qc'], { input: ORDERS.join('') });
    if (packed.error !== undefined) return; // the command is not installed, and Node before 22.15 cannot compress zstd either
    put('zst/orders.log.zst', packed.stdout);
    expect(told(['checkout-1', 'zst']).lines).to.have.length(whole.length);
  });

  it('lists failed requests, newest first, slow ones, slowest first, and those with a text', () => {
    const later = { time: T0 + 9000, correlation_id: 'checkout-7', level: 50, res: { statusCode: 503 }, req: { method: 'POST', url: '/pay' }, responseTime: 12 };
    put('logs/payment.log', lineOf({ ...later, name: 'payment', msg: 'request errored' }));
    const ids = (args: string[]): string[] => (JSON.parse(story([...args, 'logs', '--json']).stdout) as { id: string }[]).map(({ id }) => id);
    expect(ids(['--failed'])).to.deep.equal(['checkout-7', 'checkout-1']);
    expect(ids(['--slowest', '2'])).to.deep.equal(['checkout-1', 'checkout-7']);
    expect(ids(['--with', 'looked back'])).to.deep.equal(['other-2']);
    expect(ids(['--failed', '--until', '2026-11-25T03:00:05Z'])).to.deep.equal(['checkout-1']);
    expect(story(['--failed', 'logs']).stdout.split('\n')[0]).to.match(/03:00:08\.988.*checkout-7 .*503/);
    expect(story(['--failed', '--show', '2', 'logs']).stdout).to.match(/^checkout-1 {2}failed/);
  });

  it('ends with 1 if it finds nothing, and names similar IDs', () => {
    expect(story(['nothing', 'logs'])).to.include({ status: 1, stdout: '', stderr: 'story: nothing of nothing in logs/orders.log\n' });
    expect(story(['checkou', 'logs']).stderr).to.match(/IDs like it: checkout-1, checkout-10\n$/);
    put('quiet/a.log', lineOf({ correlation_id: 'a', msg: 'fine' }));
    expect(story(['--failed', 'quiet']).status).to.equal(1);
  });

  for (const [position, [what, args, said]] of ([
    ['an unknown option', ['--colour', 'logs'], /--colour/],
    ['a missing file', ['a', 'gone.log'], /gone\.log/],
    ['a glob that matches nothing', ['a', 'gone/*.log'], /gone/],
    ['a path through a file', ['a', 'logs/orders.log/x'], /logs\/orders\.log\/x/], // Node 20 says why, later ones that it is not there
    ['links that form a cycle', ['a', 'cycle'], /cannot read cycle: its links form a cycle/],
    ['a name that is too long', ['a', 'x'.repeat(300)], /its name is too long/],
    ['a folder that may not be read', ['a', 'closed'], /cannot read closed: permission denied/],
    ['a file in a folder that may not be read', ['a', 'closed/a.log'], /cannot read closed\/a\.log: permission denied/],
    ['a folder without logs', ['a', 'empty'], /no logs in empty/],
    ['two questions', ['--failed', '--slowest', '3', 'logs'], /ask one/],
    ['a document of a list', ['--failed', '--html', 'list.html', 'logs'], /--html needs one request/],
    ['an unknown zone', ['checkout-1', '--zone', 'Mars/Olympus', 'logs'], /--zone is Mars\/Olympus: expected a name/],
    ['a document of what comes', ['checkout-1', '--follow', '--svg', '-', 'logs'], /--svg needs one request/],
  ] as const).entries()) {
    itFrom(position, 2)(`ends with 2 and one line for ${what}`, async function () {
      mkdirSync(at('empty'));
      symlinkSync('cycle', at('cycle'));
      mkdirSync(at('closed'), { mode: 0 });
      if (what.includes('may not') && existsSync(at('closed', '.'))) this.skip(); // root may read everything
      const { status, stdout, stderr } = story([...args]);
      chmodSync(at('closed'), 0o700);
      expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
      expect(stderr).to.match(/^story: [^\n]*\n$/).and.match(said);
    });
  }

  it('counts broken lines, reads a truncated file up to its end, and reports both', () => {
    put('logs/broken.log', `${lineOf({ correlation_id: 'checkout-1', msg: 'whole' })}{"correlation_id":"checkout-1","msg":"bro\n`);
    const packed = zlib.gzipSync(lineOf({ time: T0 + 1, correlation_id: 'checkout-1', msg: 'before the cut' }).concat(ORDERS.join('').repeat(2000)));
    put('logs/cut.log.gz', packed.subarray(0, packed.length - 200));
    const { lines, notes } = told(['checkout-1', 'logs/broken.log', 'logs/cut.log.gz']);
    expect(lines.map(({ msg }) => msg)).to.include.members(['whole', 'before the cut']);
    expect(notes.join('\n')).to.match(/broken\.log has a broken line/).and.match(/cut\.log\.gz is cut off/);
  });

  it('reports unreadable files if it finds nothing, and does not count text wrapped by docker as broken', () => {
    const packed = zlib.gzipSync(ORDERS.join('').repeat(2000));
    put('logs/cut.log.gz', packed.subarray(0, packed.length - 20));
    expect(story(['checkout-9', 'logs/cut.log.gz'])).to.include({ status: 1, stderr: 'story: nothing of checkout-9 in logs/cut.log.gz; logs/cut.log.gz is cut off: what is there was read\n' });
    expect(story(['--with', 'nothing like it', 'logs/cut.log.gz']).stderr).to.match(/ is cut off: what is there was read\n$/);
    put('docker/a.log', `${JSON.stringify({ log: 'checkout-1 went away\n', stream: 'stderr', time: '2026-11-25T03:00:00.060Z' })}\n`);
    expect(told(['checkout-1', 'docker']).notes).to.deep.equal([]);
  });

  it('reads local times in the zone that it is told', () => {
    put('text/a.log', '2026-11-25 03:00:00.125 zoned-1 done\n');
    expect(told(['zoned-1', 'text', '--zone', '+05:30']).start).to.equal(T0 + 125 - 19_800_000);
    expect(story(['zoned-1', 'text', '--zone', 'Europe/Berlin', '--until', '2026-11-25T02:30Z']).status).to.equal(0);
  });

  it('finds an ID in a message that journald exports as a list of bytes', () => {
    const journal = (MESSAGE: unknown): string => `${JSON.stringify({ __REALTIME_TIMESTAMP: String(T0 * 1000), _HOSTNAME: 'h', SYSLOG_IDENTIFIER: 'stock', MESSAGE })}\n`;
    const coloured = `\u001b[32m${JSON.stringify({ level: 30, time: T0 + 1, correlation_id: 'checkout-1', msg: 'bytes' })}`;
    put('journal.json', journal('checkout-1 as text') + journal([...Buffer.from(coloured.slice(5))]) + journal([...Buffer.from('\u001b[31mcheckout-1 in colour')]));
    expect(told(['checkout-1', 'journal.json']).lines.map(({ msg }) => msg)).to.have.members(['checkout-1 as text', 'bytes', 'checkout-1 in colour']);
  });

  it('finds an ID, a text and failed requests in such a list of bytes, and an ID that a writer of JSON escaped', () => {
    const journal = (text: string): string => `${JSON.stringify({ __REALTIME_TIMESTAMP: String(T0 * 1000), _HOSTNAME: 'h', SYSLOG_IDENTIFIER: 'stock', MESSAGE: [...Buffer.from(text)] })}\n`;
    put('bytes/journal.json', journal(JSON.stringify({ level: 50, time: T0, correlation_id: 'bytes-1', msg: 'in \u001b[31mred' })) + journal('aa'));
    const ids = (args: string[]): string[] => (JSON.parse(story([...args, 'bytes', '--json']).stdout || '[]') as { id: string }[]).map(({ id }) => id);
    expect([ids(['--failed']), ids(['--with', 'red']), ids(['--with', 'ut of red'])]).to.deep.equal([['bytes-1'], ['bytes-1'], []]);
    expect(story(['--failed', 'bytes']).stdout).to.match(/bytes-1 .*stock.*red/);
    const id = 'a/b+c<d>é';
    for (const [writer, written] of Object.entries({ 'PHP': 'a\\/b+c<d>\\u00e9', 'Python': 'a/b+c<d>\\u00e9', 'Go': 'a/b+c\\u003cd\\u003eé', '.NET': 'a/b\\u002Bc\\u003Cd\\u003E\\u00E9', 'Node': id })) {
      put('escaped/a.log', `{"level":50,"time":${T0},"correlation_id":"${written}","msg":"escaped"}\n`);
      expect(told([id, 'escaped']).lines.map(({ msg }) => msg), writer).to.deep.equal(['escaped']);
      expect(story(['--failed', 'escaped']).stdout, writer).to.match(/failed|escaped/).and.not.include('nothing');
    }
  });

  it('leaves out the copy of a line without a name that came by another pipeline, but not the same text of two services', () => {
    const line = `${JSON.stringify({ level: 30, time: T0, correlation_id: 'twice-1', msg: 'one' })}\n`;
    put('twice/files/orders.log', `${line}2026-11-25 03:00:00 twice-1 restarted\n`);
    put('twice/docker/a.log', `${JSON.stringify({ log: line, stream: 'stdout', attrs: { tag: 'shop' }, time: '2026-11-25T03:00:00.001Z' })}\n`);
    put('twice/files/payment.log', '2026-11-25 03:00:00 twice-1 restarted\n');
    const { lines, notes } = told(['twice-1', 'twice']);
    expect(lines.map(({ msg }) => msg.slice(-9)).sort()).to.deep.equal(['one', 'restarted', 'restarted']);
    expect(notes).to.deep.equal(['1 line occurs twice; the copies are left out.']);
  });

  it('finds an ID in text after a colour or a line break, but not within a longer ID', () => {
    put('text/a.log', `\u001b[31mcheckout-1\u001b[39m in red\n${lineOf({ correlation_id: 'other', msg: 'two lines:\ncheckout-1' })}my-checkout-1 is another\ncheckout-12 too\n`);
    expect(told(['checkout-1', 'text']).lines.map(({ msg }) => msg)).to.have.members(['checkout-1 in red', 'two lines:\ncheckout-1']);
  });

  it('writes JSON without controls and marks that affect a terminal', () => {
    const hostile = 'a\u009b31m\u202e\u2066b\ufeff\u{e0041}\u200bé';
    put('hostile/a.log', lineOf({ correlation_id: 'hostile', level: 50, msg: hostile }));
    for (const args of [['hostile', '--json'], ['--failed', '--json'], ['hostile', '--otlp', '-']]) {
      const { stdout } = story([...args, 'hostile']);
      expect(stdout, args.join(' ')).to.match(/^[\x20-\x7e\né]*$/);
      expect(JSON.stringify(JSON.parse(stdout)), args.join(' ')).to.include(hostile);
    }
  });

  it('says which lines of a large file were read, if the ID tells when it was made', () => {
    const id = `${T0.toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`;
    const filling = Array.from({ length: 60_000 }, (_, i) => lineOf({ time: T0 + i * 200, correlation_id: `other-${i}`, msg: 'something else' })).join('');
    put('large/a.log', lineOf({ correlation_id: id, msg: 'early' }) + filling + lineOf({ time: T0 + 200 * 60_000, level: 50, correlation_id: id, msg: 'late' }));
    const [part, all] = [told([id, 'large']), told([id, '--since', '1970-01-01', 'large'])];
    expect([part.lines.length, part.notes.join(' ').includes('--since 1970-01-01 reads all')]).to.deep.equal([1, true]);
    expect([all.lines.length, all.notes]).to.deep.equal([2, []]);
  });

  it('ignores a number that cannot be a status', () => {
    put('odd/odd.log', lineOf({ correlation_id: 'odd', req: { method: 'GET', url: '/' }, res: { statusCode: 1e308 }, responseTime: 3, msg: 'request completed' }));
    expect(story(['odd', 'odd']).stdout).to.match(/^odd {2}ok /).and.not.include('1e+308 ');
    expect(told(['odd', 'odd']).hops[0]).to.not.have.property('status');
  });

  it('ends with 2 if it cannot write its output', function () {
    if (!existsSync('/dev/full')) this.skip();
    const full = openSync('/dev/full', 'w');
    try {
      const { status, stderr } = spawnSync(process.execPath, [CLI, 'checkout-1', 'logs'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', full, 'pipe'] });
      expect(status).to.equal(2);
      expect(stderr).to.match(/^story: cannot write the output: ENOSPC[^\n]*\n$/);
    } finally {
      closeSync(full);
    }
  });

  it('survives lines of 20 MiB, NULs, invalid UTF-8, deep JSON and a file that was compressed a thousandfold', () => {
    const odd = [Buffer.from(lineOf({ correlation_id: 'odd', big: 'x'.repeat(20 << 20), msg: 'long' })), Buffer.from(`{"correlation_id":"odd","msg":"deep","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}\n`), Buffer.from([0, 0, 0xff, 0xfe]), Buffer.from(' odd \u001b[31m</script>\n'), Buffer.from(lineOf({ correlation_id: 'odd', msg: 'last', __proto__: null }))];
    put('odd/odd.log', Buffer.concat(odd));
    const { lines } = told(['odd', 'odd']);
    expect(lines.map(({ msg }) => msg)).to.include('last');
    expect(story(['odd', 'odd']).stdout).not.to.match(/[\u0000-\u0009\u000b-\u001f]/);
    put('bomb/bomb.log.gz', zlib.gzipSync(Buffer.concat([Buffer.alloc(64 << 20, 0x61), Buffer.from(`\n${lineOf({ correlation_id: 'odd', msg: 'after the bomb' })}`)])));
    expect(told(['odd', 'bomb']).lines.map(({ msg }) => msg)).to.deep.equal(['after the bomb']);
  });

  it('searches an ordered file by time, and the whole file if the time in an ID is wrong', () => {
    const id = (time: number): string => `${time.toString(16).padStart(12, '0').replace(/(.{8})(.{4})/, '$1-$2')}-7abc-8def-0123456789ab`;
    const each = Array.from({ length: 20_000 }, (_, i) => lineOf({ time: T0 + i * 1000, correlation_id: `r-${i}`, msg: `line ${i}`, filler: 'x'.repeat(200) }));
    const early = id(T0 + 10_000_000);
    each.splice(10_000, 0, lineOf({ time: T0 + 10_000_000, correlation_id: early, msg: 'in its time' }));
    const far = id(T0 + 1_000_000);
    each.push(lineOf({ time: T0 + 20_000_000, correlation_id: far, msg: 'far from its time' }));
    put('ordered/a.log', each.join(''));
    expect(told([early, 'ordered']).lines.map(({ msg }) => msg)).to.deep.equal(['in its time']);
    expect(told([far, 'ordered']).lines.map(({ msg }) => msg)).to.deep.equal(['far from its time']);
    const since = new Date(T0 + 14_000_000).toISOString();
    const until = new Date(T0 + 14_002_000).toISOString();
    const found = JSON.parse(story(['--with', 'line 1', 'ordered', '--since', since, '--until', until, '--json']).stdout) as { id: string }[];
    expect(found.map((one) => one.id).sort()).to.deep.equal(['r-14000', 'r-14001', 'r-14002']);
  });

  it('follows one ID over a rotation, and into a new file of a folder', async () => {
    const child = spawn(process.execPath, [CLI, 'checkout-1', 'logs', '--follow', '--json'], { cwd: folder });
    const messages: string[] = [];
    let wake = (): void => undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const one of text.trim().split('\n')) messages.push((JSON.parse(one) as { msg: string }).msg);
      wake();
    });
    const until = async (msg: string, write: () => void): Promise<void> => {
      // The command does not report when it starts to read, so earlier lines are written again.
      while (!messages.includes(msg)) {
        write();
        await new Promise<void>((resolve) => (wake = resolve));
      }
    };
    const tick = setInterval(() => wake(), 300);
    try {
      await until('new', () => appendFileSync(at('logs/orders.log'), lineOf({ correlation_id: 'checkout-1', msg: 'new' })));
      renameSync(at('logs/orders.log'), at('logs/orders.log.1'));
      closeSync(openSync(at('logs/orders.log'), 'w'));
      await until('rotated', () => appendFileSync(at('logs/orders.log'), lineOf({ correlation_id: 'checkout-1', msg: 'rotated' })));
      put('logs/payment.log', lineOf({ correlation_id: 'checkout-1', msg: 'in a new file' }));
      put('logs/orders.log.2', lineOf({ correlation_id: 'checkout-1', msg: 'in a copy' }));
      await until('in a new file', () => undefined);
      expect(messages).to.not.include('in a copy').and.not.include('checkout started');
    } finally {
      clearInterval(tick);
      child.kill('SIGINT');
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect(signal).to.equal('SIGINT');
    }
  });

  it('ends quietly if its reader closes the pipe', () => {
    put('logs/many.log', Array.from({ length: 4_000 }, (_, i) => lineOf({ time: T0 + i, correlation_id: 'many', msg: `line ${i}` })).join(''));
    const { stdout, stderr } = spawnSync('bash', ['-c', `"${process.execPath}" "${CLI}" many logs | head -n 1`], { cwd: folder, encoding: 'utf8' });
    expect(stdout).to.match(/^many /);
    expect(stderr).to.equal('');
  });

  it('writes the requested documents', () => {
    const { status } = story(['checkout-1', 'logs', '--html', 'a.html', '--svg', 'a.svg', '--otlp', 'a.json']);
    expect(status).to.equal(0);
    expect(readFileSync(at('a.html'), 'utf8')).to.match(/^<!doctype html>/i);
    expect(readFileSync(at('a.svg'), 'utf8')).to.match(/^<svg|^<\?xml/);
    expect(JSON.parse(readFileSync(at('a.json'), 'utf8'))).to.have.property('resourceSpans');
  });
});

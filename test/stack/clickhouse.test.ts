import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import { parseLine } from '../../packages/story/src/read/formats/line';
import { StoreError } from '../../packages/story/src/store/endpoint';
import { openStore } from '../../packages/story/src/store/store';
import type { Store } from '../../packages/story/src/store/store';
import { App } from '../app';
import { ROOT, read } from '../checkout';
import { needs } from './debian';
import { Program, freePort } from './program';
import { describeInFull } from '../breadth';

const EXAMPLE = path.join(ROOT, 'examples/shipping');
/** IDs and texts that contain syntax of some language. */
const HOSTILE = [
  "' OR 1=1 --", "o'ne", "\\' OR 1=1 --", "');DROP TABLE lines;--", '`lines`', '%', '_', '\\', '\\\\', '$1', '{id:String}', "unhex('41')", '"', '\u0000', '\n', '\t', '\u202e', 'caf\u00e9 \ud83d\ude80', 'x'.repeat(4000),
];

describeInFull('lines in ClickHouse', () => {
  let server: Program | undefined;
  let url = '';
  const open = (table: string, env: NodeJS.ProcessEnv = {}): Store => openStore(`clickhouse+${url}/${table}`, env);
  const run = async (query: string): Promise<string> => {
    const answer = await fetch(url, { method: 'POST', body: query });
    const text = await answer.text();
    expect(answer.status, text).to.equal(200);
    return text;
  };
  const ship = (lines: readonly string[]): void => {
    execFileSync('sh', [path.join(EXAMPLE, 'clickhouse.sh')], { input: lines.map((line) => `${line}\n`).join(''), env: { ...process.env, CLICKHOUSE_URL: url } });
  };
  const failure = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(() => undefined, (reason: unknown) => reason);
    expect(error).to.be.instanceOf(StoreError);
    expect((error as Error).message.split('\n')).to.have.length(1);
    return (error as Error).message;
  };

  before(async function () {
    needs(this, 'clickhouse-server', 'curl');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = new Program('clickhouse-server', ['--config-file=config.xml', '--', `--http_port=${port}`], path.join(__dirname, 'clickhouse'), {});
    await server.listening(port);
    await run(read('examples/shipping/clickhouse.sql'));
  });
  after(async () => { await server?.stop(); });

  it('reads the lines that the example ships, unchanged', async () => {
    const written: string[] = [];
    for (const logger of ['ndjson', 'ecs']) {
      const app = App.start('shipping.cjs', { args: [logger, 'preloaded'] });
      try {
        await fetch(`http://127.0.0.1:${await app.port()}/orders/7`, { headers: { 'Correlation-Id': `${logger}-1` } });
        await app.line(({ message }) => message === 'order refused');
        written.push(...app.stdout.trimEnd().split('\n').slice(1));
      } finally {
        await app.stop();
      }
    }
    ship(written);

    for (const logger of ['ndjson', 'ecs']) {
      const mine = written.filter((line) => line.includes(`"${logger}-1"`));
      expect(mine).to.have.length(2);
      const { entries, notes } = await open('default.lines').entriesOf(`${logger}-1`);
      expect(entries.map(({ raw }) => raw)).to.deep.equal(mine);
      expect(entries).to.deep.equal(mine.flatMap((line) => parseLine(line, 'default.lines')));
      expect(notes).to.deep.equal([]);
    }
    const { requests } = await open('lines').requests({ failed: true });
    expect(requests.map(({ id }) => id).sort()).to.deep.equal(['ecs-1', 'ndjson-1']);
    expect(requests[0]).to.include({ failedIn: 'shop', error: 'no more' });
  });

  it('treats any ID and text as plain text', async () => {
    const line = (id: string, message: string): string => JSON.stringify({ level: 'info', time: '2026-11-24T03:12:07.120Z', service: 'shop', correlation_id: id, message });
    ship(HOSTILE.map((text, index) => line(`hostile-${index}`, `says ${text} so`)));
    await run('CREATE TABLE fields (correlation_id String, message String, level String) ENGINE = Memory');
    await run(`INSERT INTO fields FORMAT JSONEachRow\n${HOSTILE.map((text) => JSON.stringify({ correlation_id: text, message: text, level: 'info' })).join('\n')}`);
    for (const [index, text] of HOSTILE.entries()) {
      const { entries } = await open('fields').entriesOf(text);
      expect(entries.map(({ id }) => id), JSON.stringify(text)).to.include(text);
      expect(entries.every(({ id, raw }) => id === text || raw.includes(text))).to.equal(true);
      const found = await open('lines').requests({ with: `says ${text} so` });
      // One backslash is two in a JSON line, so a search for two finds both.
      expect(found.requests.map(({ id }) => id).filter((id) => text !== '\\\\' || id !== 'hostile-7'), JSON.stringify(text)).to.deep.equal([`hostile-${index}`]);
    }
    expect((await open('lines').entriesOf("' OR 1=1 --")).entries.filter(({ id }) => id !== 'hostile-0')).to.deep.equal([]);
    expect((await open('lines').entriesOf('no-such')).entries).to.deep.equal([]);
  });

  it('lists failed requests, newest first, and slow ones, slowest first', async () => {
    const record = (id: string, second: number, status: number, ms: number): string =>
      JSON.stringify({ level: status < 500 ? 'info' : 'warn', time: `2026-11-24T04:00:${String(second).padStart(2, '0')}.000Z`, service: 'orders', correlation_id: id, req: { method: 'POST', url: '/orders' }, res: { statusCode: status }, responseTime: ms, message: 'request completed' });
    ship([record('list-1', 1, 503, 40), record('list-2', 2, 200, 900.5), record('list-3', 3, 500, 30), record('Internal', 4, 500, 9999)]);
    const window = { since: Date.UTC(2026, 10, 24, 4), until: Date.UTC(2026, 10, 24, 5) };
    const failed = await open('lines').requests({ failed: true }, window);
    expect(failed.requests.map(({ id, status, failedIn }) => [id, status, failedIn])).to.deep.equal([['list-3', 500, 'orders'], ['list-1', 503, 'orders']]);
    const slow = await open('lines').requests({ slowest: 2 }, window);
    expect(slow.requests.map(({ id, ms, method, url: path }) => [id, ms, method, path])).to.deep.equal([['list-2', 900.5, 'POST', '/orders'], ['list-1', 40, 'POST', '/orders']]);
    expect((await open('lines').requests({ failed: true }, { since: window.until, until: window.until + 1000 })).requests).to.deep.equal([]);
    expect((await open('lines').requests({ failed: true }, { ...window, until: window.since + 2000 })).requests.map(({ id }) => id)).to.deep.equal(['list-1']);
  });

  for (const [type, value] of [['DateTime', "'2026-11-24 04:00:01'"], ['Int64', '1795492801000'], ['Float64', '1795492801.0'], ['UInt64', '1795492801000000000'], ['String', "'2026-11-24T04:00:01.000Z'"]] as const) {
    it(`reads a table with a column for each field and ${type} as its time`, async () => {
      const table = `columns_${type}`;
      await run(`CREATE TABLE ${table} (time ${type}, level String, service String, correlation_id String, message String, responseTime Nullable(Float64), \`res.statusCode\` Nullable(UInt16), \`error.message\` Nullable(String)) ENGINE = MergeTree ORDER BY correlation_id`);
      await run(`INSERT INTO ${table} VALUES (${value}, 'error', 'orders', 'column-1', 'order refused', 12.5, 503, 'no more'), (${value}, 'info', 'orders', 'column-2', 'fine', NULL, NULL, NULL)`);
      const [entry, ...more] = (await open(table).entriesOf('column-1')).entries;
      expect(more).to.deep.equal([]);
      expect(entry).to.include({ id: 'column-1', time: 1795492801000, service: 'orders', level: 'error', msg: 'order refused' });
      expect(entry?.error).to.deep.include({ message: 'no more' });
      expect(entry?.exchange).to.include({ status: 503, ms: 12.5 });
      const within = async (since: number, until: number): Promise<number> => (await open(table).requests({ failed: true }, { since, until })).requests.length;
      expect([await within(1795492800000, 1795492802000), await within(1795492802000, 1795492899000), await within(0, 1795492799000)]).to.deep.equal([1, 0, 0]);
    });
  }

  it('reads an ID from a column of another name', async () => {
    await run("CREATE TABLE renamed (ts DateTime, message String, `x-trace` String) ENGINE = Memory");
    await run("INSERT INTO renamed VALUES ('2026-11-24 04:00:01', 'found', 'key-1')");
    expect((await open('renamed').entriesOf('key-1', { key: 'x-trace' })).entries).to.have.nested.property('0.msg', 'found');
    expect(await failure(open('renamed').entriesOf('key-1'))).to.match(/has no column in renamed that is named as an ID is .* --key$/);
  });

  it('reads at most 100,000 lines of a request, and says so', async () => {
    await run(`INSERT INTO lines (line) SELECT concat('{"level":30,"time":"2026-11-24T05:00:00.000Z","correlation_id":"many-1","msg":"', toString(number), '"}') FROM numbers(100003)`);
    const { entries, notes } = await open('lines').entriesOf('many-1');
    expect(entries).to.have.length(100_000);
    expect(notes).to.have.length(1).and.have.property('0').match(/has more than 100000 lines of this: the rest is not read$/);
  });

  it('reads as a user with read-only rights, from the environment', async () => {
    const env = { CLICKHOUSE_USER: 'reader', CLICKHOUSE_PASSWORD: 'se:cret \u00e9' };
    expect((await open('lines', env).entriesOf('list-1')).entries).to.have.length(1);
    expect(await failure(open('lines', { ...env, CLICKHOUSE_PASSWORD: 'x' }).entriesOf('list-1'))).to.match(/refuses the credentials \(40[13]\): set CLICKHOUSE_USER and CLICKHOUSE_PASSWORD$/);
    expect(await failure(open('lines', { CLICKHOUSE_USER: 'nobody' }).entriesOf('list-1'))).to.include('refuses the credentials');
  });

  it('says in one line what is wrong with an address', async () => {
    expect(await failure(open('default.nope').entriesOf('a'))).to.equal(`clickhouse at ${url} has no table default.nope`);
    expect(await failure(open('nope.lines').entriesOf('a'))).to.equal(`clickhouse at ${url} has no table nope.lines`);
    expect(await failure(openStore(`clickhouse+http://127.0.0.1:${await freePort()}/lines`, {}).entriesOf('a'))).to.match(/cannot be reached: nothing listens there \(ECONNREFUSED\)$/);
    for (const address of [`clickhouse+${url}/`, `clickhouse+${url}/a%60b`, `clickhouse+${url}/%E0`, `clickhouse+http://me:secret@127.0.0.1:1/lines`, 'postgres+http://127.0.0.1/lines', 'clickhouse+http://', 'nonsense']) {
      expect(() => openStore(address, {}), address).to.throw(StoreError).with.property('message').that.does.not.match(/secret|\n/);
    }
  });
});

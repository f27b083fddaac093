import { expect } from 'chai';
import { itFrom } from '../../../../test/breadth';
import { StoreError } from '../../src/store/endpoint';
import { openStore } from '../../src/store/store';
import type { Store } from '../../src/store/store';
import { LokiApi } from './loki-api';
import type { Stored } from './loki-api';
import { Server } from './server';

const START = Date.UTC(2026, 10, 24, 3, 12, 7);
const WINDOW = { since: START - 1000, until: START + 3_600_000 };
const nano = (ms: number): bigint => BigInt(START + Math.floor(ms)) * 1_000_000n + BigInt(Math.round((ms % 1) * 1e6));
/** A line from examples/shipping/ndjson.cjs as an agent pushes it, unparsed. */
const pushed = (id: string, ms: number, level: string, message: string, more: object = {}): Stored => ({
  at: nano(ms), line: JSON.stringify({ level, time: new Date(START + ms).toISOString(), service: 'shop', correlation_id: id, ...more, message }), stream: { service_name: 'shop', filename: '/var/log/shop.log' },
});
/** The same from the Collector: the message as the line, the rest as structured metadata, dots replaced by underscores. */
const collected = (id: string, ms: number, level: string, message: string, metadata: Record<string, string> = {}): Stored => ({
  at: nano(ms), line: message, stream: { service_name: 'ledger' }, metadata: { correlation_id: id, severity_text: level, detected_level: level, ...metadata },
});

describe('lines in Loki (a test server that checks requests against the documented API, because the real one cannot run here)', () => {
  const servers: Server[] = [];
  const storeOf = async (rows: Stored[], env: NodeJS.ProcessEnv = {}, tenant?: string, query = ''): Promise<{ store: Store; server: Server }> => {
    const api = new LokiApi(rows, tenant);
    const server = await Server.start((asked) => api.answer(asked));
    servers.push(server);
    return { store: openStore(`loki+${server.url}${query}`, env), server };
  };
  afterEach(async () => { await Promise.all(servers.splice(0).map((server) => server.stop())); });

  it('reads lines that an agent pushed and lines that the Collector sent, each once', async () => {
    const both: Stored = { ...pushed('client-1', 40, 'info', 'in both'), metadata: { correlation_id: 'client-1' } };
    const { store } = await storeOf([
      pushed('client-1', 10, 'info', 'order taken', { order: 7 }),
      pushed('client-2', 20, 'info', 'order taken'),
      collected('client-1', 30.25, 'ERROR', 'order refused', { exception_message: 'no more', exception_type: 'Error', hop: 'k3f9', res_statusCode: '503', responseTime: '12.5', order: '7' }),
      both,
      { at: nano(50), line: 'plain text about client-1', stream: { service_name: 'cron' } },
    ]);
    const { entries, notes } = await store.entriesOf('client-1', WINDOW);
    entries.sort((a, b) => (a.time ?? Infinity) - (b.time ?? Infinity));
    expect(entries.map(({ time, service, level, msg }) => [time === undefined ? undefined : time - START, service, level, msg])).to.deep.equal([
      [10, 'shop', 'info', 'order taken'],
      [30.25, 'ledger', 'error', 'order refused'],
      [40, 'shop', 'info', 'in both'],
      [undefined, 'cron', undefined, 'plain text about client-1'],
    ]);
    expect(entries[1]).to.include({ hop: 'k3f9', id: 'client-1' });
    expect(entries[1]?.error).to.include({ message: 'no more', type: 'Error' });
    expect(entries[1]?.exchange).to.include({ status: 503, ms: 12.5 });
    expect(notes).to.deep.equal([]);
  });

  for (const [position, [lines, sameTime]] of ([[5001, 1], [4999, 1], [5000, 1], [12_000, 3]] as const).entries()) {
    itFrom(position)(`pages through ${lines} lines, ${sameTime} of them in a nanosecond, each once`, async () => {
      const { store } = await storeOf(Array.from({ length: lines }, (_, i) => pushed('many-1', Math.floor(i / sameTime), 'info', String(i))));
      const { entries } = await store.entriesOf('many-1', WINDOW);
      expect(entries.map(({ msg }) => Number(msg))).to.deep.equal(Array.from({ length: lines }, (_, i) => i));
    });
  }

  it('ends if one nanosecond has more lines than a page, forwards and backwards', async () => {
    const { store } = await storeOf([...Array.from({ length: 6000 }, (_, i) => pushed(`many-${i}`, 5, 'error', 'many-x')), pushed('before', 1, 'error', 'many-x'), pushed('after', 9, 'error', 'many-x')]);
    const ids = (await store.requests({ failed: true }, WINDOW)).requests.map(({ id }) => id);
    expect(ids).to.have.length(5002).and.include.members(['before', 'after']);
    expect((await store.entriesOf('many-x', WINDOW)).entries).to.have.length(5002);
  });

  it('lists failed requests, newest first, slow ones, slowest first, and those with a text', async () => {
    const record = (id: string, ms: number, status: number, took: number): Stored => pushed(id, ms, 'info', 'request completed', { req: { method: 'GET', url: '/a' }, res: { statusCode: status }, responseTime: took });
    const { store } = await storeOf([record('a', 1, 503, 40), record('b', 2, 200, 900), collected('c', 3, 'ERROR', 'order 1320 refused'), record('Internal', 5, 500, 9999), collected('Internal', 6, 'ERROR', 'order 1320'), pushed('e', 7, 'info', 'order 1 320')]);
    expect((await store.requests({ failed: true }, WINDOW)).requests.map(({ id, status }) => [id, status])).to.deep.equal([['c', undefined], ['a', 503]]);
    expect((await store.requests({ slowest: 2 }, WINDOW)).requests.map(({ id, ms }) => [id, ms])).to.deep.equal([['b', 900], ['a', 40]]);
    expect((await store.requests({ with: 'order 1320' }, WINDOW)).requests.map(({ id }) => id)).to.deep.equal(['c']);
  });

  it('reads the requested window, or the one from the time in a UUIDv7, or a day, which it reports', async () => {
    const { store, server } = await storeOf([]);
    const asked = (): [number, number] => { const query = server.asked.at(-1)?.query; return [Number(query?.get('start')) / 1e6, Number(query?.get('end')) / 1e6]; };
    expect((await store.entriesOf('a', WINDOW)).notes).to.deep.equal([]);
    expect(asked()[0]).to.equal(WINDOW.since);
    const uuid = `${(START).toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}-7b0a-9c1d-2f6a7b8c9d0e`;
    expect((await store.entriesOf(uuid)).notes).to.deep.equal([]);
    expect(asked()[0]).to.equal(START - 3_600_000);
    expect((await store.entriesOf('a')).notes.join()).to.equal('only the last 24 hours of Loki are read: --since tells from when');
    const [from, to] = asked();
    expect(to - from).to.be.closeTo(24 * 3_600_000, 1);
  });

  it('treats any ID and any text as a string', async () => {
    for (const text of ['"} |= "', '" or "', '`', '\\', '\\"', '{app="x"}', '\u0000', '\n', '\u2028', '\ud800', 'caf\u00e9', '.*', '$1']) {
      const { store } = await storeOf([pushed(text, 1, 'info', 'mine'), collected(text, 2, 'info', 'mine too'), pushed('other', 3, 'info', 'nothing'), { at: nano(4), line: `says ${text}`, stream: { service_name: 'cron' }, metadata: { correlation_id: 'text-1' } }]);
      const { entries } = await store.entriesOf(text, WINDOW);
      expect(entries.filter(({ id }) => id !== text && id !== 'text-1'), JSON.stringify(text)).to.deep.equal([]);
      const { requests } = await store.requests({ with: `says ${text}` }, WINDOW);
      if (text !== '\ud800') expect(requests.map(({ id }) => id), JSON.stringify(text)).to.deep.equal(['text-1']);
    }
  });

  it('reads the streams of its selector, of a tenant, under a path', async () => {
    const rows = [pushed('client-1', 1, 'info', 'one'), { ...pushed('client-1', 2, 'info', 'two'), stream: { app: 'shop' } }];
    const { store } = await storeOf(rows, { LOKI_ORG_ID: 'us' }, 'us', `?selector=${encodeURIComponent('{app="shop"}')}`);
    expect((await store.entriesOf('client-1', WINDOW)).entries.map(({ msg }) => msg)).to.deep.equal(['two']);
    const { store: refused } = await storeOf(rows, {}, 'us');
    const error: unknown = await refused.entriesOf('client-1', WINDOW).then(() => undefined, (reason: unknown) => reason);
    expect(error).to.be.instanceOf(StoreError).with.property('message').match(/is for several tenants: set LOKI_ORG_ID$/);
  });

  it('sends credentials from the environment', async () => {
    const seen: unknown[] = [];
    const server = await Server.start(({ headers, path }) => { seen.push([headers['authorization'], path]); return { status: 401, body: 'no' }; });
    servers.push(server);
    for (const env of [{}, { LOKI_USERNAME: 'me', LOKI_PASSWORD: 'secret' }, { LOKI_BEARER_TOKEN: 'token' }]) {
      const error: unknown = await openStore(`loki+${server.url}/prefix/`, env).entriesOf('a', WINDOW).then(() => undefined, (reason: unknown) => reason);
      expect((error as Error).message).to.equal(`loki at ${server.url} refuses the credentials (401): set LOKI_USERNAME and LOKI_PASSWORD, or LOKI_BEARER_TOKEN, and LOKI_ORG_ID`);
    }
    expect(seen).to.deep.equal([[undefined, '/prefix/loki/api/v1/query_range'], [`Basic ${btoa('me:secret')}`, '/prefix/loki/api/v1/query_range'], ['Bearer token', '/prefix/loki/api/v1/query_range']]);
  });
});

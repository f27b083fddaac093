import { expect } from 'chai';
import { itFrom } from '../../../../test/breadth';
import { StoreError } from '../../src/store/endpoint';
import { openStore } from '../../src/store/store';
import type { Store } from '../../src/store/store';
import { ElasticsearchApi } from './elasticsearch-api';
import type { Doc, Mapping } from './elasticsearch-api';
import { Server } from './server';
import type { Answer, Asked } from './server';

const START = Date.UTC(2026, 10, 24, 3, 12, 7);
const at = (ms: number): string => new Date(START + ms).toISOString();
/** What Filebeat makes of a line from examples/shipping/ndjson.cjs, with the configuration in docs/stack.md. */
const filebeat = (id: string | undefined, ms: number, level: string, message: string, more: Doc = {}): Doc => ({
  '@timestamp': at(ms), message, log: { level, offset: ms, file: { path: '/var/log/services/shop.log' } }, service: { name: 'shop' }, host: { name: 'web-1' },
  ...(id === undefined ? {} : { http: { request: { id } } }), ...more,
});
const ECS: Mapping = { '@timestamp': 'date', message: 'text', 'log.level': 'keyword', 'http.request.id': 'keyword', 'http.response.status_code': 'long', 'error.message': 'text', 'service.name': 'keyword', responseTime: 'float' };
/** What Logstash's output creates without a template: texts, each with a keyword field. */
const DYNAMIC: Mapping = { '@timestamp': 'date', message: 'text', 'level': 'text', 'level.keyword': 'keyword', 'http.request.id': 'text', 'http.request.id.keyword': 'keyword', 'res.statusCode': 'long', responseTime: 'float' };
/** The minimum that works: an analysed ID, and pino's numbers for levels. */
const POOR: Mapping = { '@timestamp': 'date', message: 'text', level: 'long', correlation_id: 'text' };

describe('lines in Elasticsearch (a test server that checks requests against the documented API, because the real one cannot run here)', () => {
  const servers: Server[] = [];
  const serve = async (answer: (asked: Asked) => Answer): Promise<Server> => {
    const server = await Server.start(answer);
    servers.push(server);
    return server;
  };
  const storeOf = async (mapping: Mapping, docs: Doc[], env: NodeJS.ProcessEnv = {}, kind = 'elasticsearch'): Promise<{ store: Store; server: Server }> => {
    const api = new ElasticsearchApi('filebeat-9.1', mapping, docs);
    const server = await serve((asked) => api.answer(asked));
    return { store: openStore(`${kind}+${server.url}/filebeat-*`, env), server };
  };
  const failure = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(() => undefined, (reason: unknown) => reason);
    expect(error).to.be.instanceOf(StoreError);
    return (error as Error).message;
  };
  afterEach(async () => { await Promise.all(servers.splice(0).map((server) => server.stop())); });

  it('reads what Filebeat shipped, in order of time, and a line that has the ID in its text', async () => {
    const { store } = await storeOf(ECS, [
      filebeat('client-1', 30, 'error', 'order refused', { error: { message: 'no more', type: 'Error', stack_trace: 'Error: no more\n    at a' } }),
      filebeat('client-1', 10, 'info', 'order taken', { order: 7 }),
      filebeat('client-2', 20, 'info', 'order taken'),
      filebeat(undefined, 40, 'info', 'retrying client-1 now'),
      filebeat(undefined, 50, 'info', 'client 1 is another'), // the same words for a full-text index
    ]);
    const { entries, notes } = await store.entriesOf('client-1');
    expect(entries.map(({ time, msg, level, service, id }) => [(time ?? 0) - START, msg, level, service, id])).to.deep.equal([
      [10, 'order taken', 'info', 'shop', 'client-1'],
      [30, 'order refused', 'error', 'shop', 'client-1'],
      [40, 'retrying client-1 now', 'info', 'shop', undefined],
    ]);
    expect(entries[1]?.error).to.include({ message: 'no more', type: 'Error' });
    expect(notes).to.deep.equal([]);
  });

  for (const [name, mapping] of [['a keyword', ECS], ['a text with a keyword', DYNAMIC]] as const) {
    it(`finds exactly the ID if it is ${name}`, async () => {
      const { store } = await storeOf(mapping, ['client-1', 'client-1-1', 'client 1', 'Client-1'].map((id, i) => filebeat(id, i, 'info', `line ${i}`)));
      expect((await store.entriesOf('client-1')).entries.map(({ id }) => id)).to.deep.equal(['client-1']);
    });
  }

  it('finds exactly the ID if an index has split it into words', async () => {
    const { store } = await storeOf(POOR, ['client-1', 'client-1-1', 'client 1'].map((id, i) => ({ '@timestamp': at(i), level: 30, correlation_id: id, message: `line ${i}` })));
    expect((await store.entriesOf('client-1')).entries.map(({ msg }) => msg)).to.deep.equal(['line 0']);
  });

  for (const [position, [lines, sameTime]] of ([[1001, 1], [4001, 1500], [999, 1], [1000, 1], [2500, 7], [2000, 2000]] as const).entries()) {
    itFrom(position, 2)(`pages through ${lines} lines, ${sameTime} of them in a millisecond, each once`, async () => {
      const { store, server } = await storeOf(ECS, Array.from({ length: lines }, (_, i) => filebeat('many-1', Math.floor(i / sameTime), 'info', String(i))));
      const { entries } = await store.entriesOf('many-1');
      expect(entries.map(({ msg }) => Number(msg)).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: lines }, (_, i) => i));
      expect(server.asked.length).to.be.at.most(3 + lines / 500);
    });
  }

  it('ends if one millisecond has more lines than the largest page', async () => {
    const { store } = await storeOf(ECS, Array.from({ length: 12_000 }, (_, i) => filebeat('many-1', i < 11_000 ? 5 : 6, 'info', String(i))));
    expect((await store.entriesOf('many-1')).entries).to.have.length(11_000);
  });

  it('reads a window of time', async () => {
    const { store } = await storeOf(ECS, [10, 20, 30].map((ms) => filebeat('client-1', ms, 'info', String(ms))));
    expect((await store.entriesOf('client-1', { since: START + 15, until: START + 20 })).entries.map(({ msg }) => msg)).to.deep.equal(['20']);
  });

  it('lists failed requests, newest first, slow ones, slowest first, and those with a text', async () => {
    const record = (id: string, ms: number, status: number, took: number): Doc => filebeat(id, ms, 'info', 'request completed', { http: { request: { id, method: 'GET' }, response: { status_code: status } }, res: { statusCode: status }, url: { path: '/a' }, responseTime: took });
    const docs = [record('a', 1, 503, 40), record('b', 2, 200, 900), record('c', 3, 500, 30), filebeat('d', 4, 'error', 'order 1320 refused'), record('Internal', 5, 500, 9999), filebeat('e', 6, 'info', 'order 13200')];
    for (const mapping of [ECS, { ...DYNAMIC, 'log.level': 'keyword' as const }]) {
      const { store } = await storeOf(mapping, docs);
      expect((await store.requests({ failed: true })).requests.map(({ id, status }) => [id, status])).to.deep.equal([['d', undefined], ['c', 500], ['a', 503]]);
      expect((await store.requests({ slowest: 2 })).requests.map(({ id, ms }) => [id, ms])).to.deep.equal([['b', 900], ['a', 40]]);
      expect((await store.requests({ with: 'order 1320' })).requests.map(({ id }) => id)).to.deep.equal(['d']);
    }
    const { store } = await storeOf(POOR, [{ '@timestamp': at(0), level: 50, correlation_id: 'x', message: 'bad' }, { '@timestamp': at(0), level: 30, correlation_id: 'y', message: 'good' }]);
    expect((await store.requests({ failed: true })).requests.map(({ id }) => id)).to.deep.equal(['x']);
    expect((await store.requests({ slowest: 3 })).requests).to.deep.equal([]);
  });

  it('treats any ID and any text as a value', async () => {
    for (const text of ['*', 'a OR b', '"}]}}', '{"match_all":{}}', '\\', 'x:y', '\u0000', '\ud800', '../_cluster', '__proto__']) {
      const { store, server } = await storeOf(ECS, [filebeat(text, 0, 'info', `says ${text}`), filebeat('other', 1, 'info', 'nothing')]);
      expect((await store.entriesOf(text)).entries, text).to.have.length(1);
      await store.requests({ with: text });
      expect(server.asked.map(({ path }) => path).every((path) => path.startsWith('/filebeat-*/'))).to.equal(true);
    }
  });

  it('sends credentials from the environment, and says which to set if they are refused', async () => {
    const seen: unknown[] = [];
    const server = await serve(({ headers }) => { seen.push(headers['authorization']); return { status: 401, body: {} }; });
    const ask = (env: NodeJS.ProcessEnv, kind = 'elasticsearch'): Promise<string> => failure(openStore(`${kind}+${server.url}/logs`, env).entriesOf('a'));
    expect(await ask({})).to.equal(`elasticsearch at ${server.url} refuses the credentials (401): set ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD`);
    await ask({ ELASTICSEARCH_USERNAME: 'me', ELASTICSEARCH_PASSWORD: 'p:\u00e9' }, 'opensearch');
    await ask({ ELASTICSEARCH_API_KEY: 'a2V5', ELASTICSEARCH_USERNAME: 'me' });
    expect(seen).to.deep.equal([undefined, `Basic ${Buffer.from('me:p:\u00e9').toString('base64')}`, 'ApiKey a2V5']);
  });

  it('says in one line what is wrong', async () => {
    const { server } = await storeOf(ECS, []);
    expect(await failure(openStore(`elasticsearch+${server.url}/nope`, {}).entriesOf('a'))).to.equal(`elasticsearch at ${server.url} has no index nope`);
    const { store } = await storeOf({ '@timestamp': 'date' }, []);
    expect(await failure(store.entriesOf('a'))).to.match(/has no field in filebeat-\* that an ID is in .* --key$/);
    const moved = await serve(() => ({ status: 302, body: '', headers: { location: 'http://elsewhere.example/' } }));
    expect(await failure(openStore(`elasticsearch+${moved.url}/a`, {}).entriesOf('a'))).to.match(/is elsewhere \(302\): give the address http:\/\/elsewhere.example\/$/);
    const html = await serve(() => ({ body: '<html>\u001b[31mlog in\n</html>' }));
    expect(await failure(openStore(`elasticsearch+${html.url}/a`, {}).entriesOf('a'))).to.match(/answers with what is no JSON: <html>\u241b\[31mlog in <\/html>$/);
    const broken = await serve(() => ({ status: 503, body: 'x'.repeat(10_000) }));
    expect((await failure(openStore(`elasticsearch+${broken.url}/a`, {}).entriesOf('a'))).length).to.be.below(300);
    for (const target of ['', '_all', 'a%2Fb', 'a%20b', 'a%3Fb']) expect(() => openStore(`elasticsearch+http://127.0.0.1/${target}`, {}), target).to.throw(StoreError);
  });
});

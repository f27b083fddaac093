import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { listRequests, openSources, readEntries } from '../../src/read';

const T = Date.parse('2026-11-27T13:58:11.730Z');
const at = (i: number): string => new Date(T + i).toISOString();
const record = (i: number): Record<string, unknown> => ({ level: i === 2 ? 50 : 30, time: T + i, correlation_id: i < 3 ? 'x-1' : `other-${i}`, hop: 'k3f9', ...(i % 2 === 0 && { name: 'shop' }), items: [{ id: 1 }, { timestamp: 2 }], msg: `line ${i}` });
const line = (i: number): string => JSON.stringify(record(i));
const cloudWatch = (i: number): object => ({ logStreamName: 'ecs/shop/0a1b2c3d', timestamp: T + i, message: line(i), ingestionTime: T + i + 900, eventId: String(i) });
const hit = (i: number): object => ({ _index: 'logs', _id: String(i), _source: { '@timestamp': at(i), kubernetes: { container: { name: 'shop' } }, ...record(i) } });
const google = (i: number): object => ({ insertId: String(i), jsonPayload: record(i), resource: { type: 'k8s_container', labels: { container_name: 'shop', pod_name: 'shop-x' } }, timestamp: at(i), severity: 'INFO' });
const grafana = (i: number): object => ({ line: line(i), timestamp: `${T + i}000000`, date: at(i), fields: { app: 'shop' } });
const datadog = (i: number): object => ({ timestamp: at(i), service: 'shop', host: 'h', message: line(i), attributes: record(i) });

const COUNT = 400;
const all = <T>(each: (i: number) => T): T[] => Array.from({ length: COUNT }, (_, i) => each(i));
const lines = (each: (i: number) => object): string => all((i) => JSON.stringify(each(i))).join('\n');

/** Files with the same lines, as stores export them. */
const FILES: Record<string, string> = {
  'a list on one line': JSON.stringify(all(record)),
  'a list with an item on each line': `[${all(line).join(',\n')}]\n`,
  'a list with an indented item on each line': `[\n${all((i) => `  ${line(i)}`).join(',\n')}\n]\n`,
  'a list over several lines': JSON.stringify(all(record), null, 2),
  'a list over several lines, with tabs and CRLF': JSON.stringify(all(record), null, '\t').replaceAll('\n', '\r\n'),
  'records over several lines': all((i) => JSON.stringify(record(i), null, 2)).join('\n'),
  'logcli': all((i) => `${at(i)} {app="shop", pod="shop-\\"x"} ${line(i)}`).join('\n'),
  'logcli as JSON': lines((i) => ({ labels: { app: 'shop' }, line: line(i), timestamp: at(i) })),
  'Grafana as JSON': JSON.stringify(all(grafana), null, 2),
  'Filebeat with the line as message': lines((i) => ({ '@timestamp': at(i), message: line(i), container: { name: 'shop' }, host: { name: 'node1' } })),
  'hits of Elasticsearch': lines(hit),
  'an answer of Elasticsearch': JSON.stringify({ took: 3, hits: { total: { value: COUNT }, hits: all(hit) } }),
  'an answer of Elasticsearch over several lines': JSON.stringify({ took: 3, hits: { total: { value: COUNT }, hits: all(hit) } }, null, 2),
  'events of CloudWatch': lines(cloudWatch),
  'an answer of CloudWatch': JSON.stringify({ events: all(cloudWatch), searchedLogStreams: [] }),
  'an answer of CloudWatch over several lines': JSON.stringify({ events: all(cloudWatch), searchedLogStreams: [] }, null, 4),
  'Google Cloud': lines(google),
  'Google Cloud over several lines': JSON.stringify(all(google), null, 2),
  'Datadog': lines((i) => ({ id: String(i), content: datadog(i) })),
  'an answer of Datadog': JSON.stringify({ data: all((i) => ({ id: String(i), type: 'log', attributes: datadog(i) })) }),
};

describe('an export of a store', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-exports-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const opened = (text: string): ReturnType<typeof openSources> => {
    writeFileSync(path.join(folder, 'shop.json'), text);
    return openSources([folder]);
  };

  for (const [what, text] of Object.entries(FILES)) {
    it(`is read line by line: ${what}`, async () => {
      const sources = opened(text);
      const { entries, notes } = await readEntries('x-1', sources);
      expect(entries.map(({ id, hop, time, service, msg, level }) => ({ id, hop, time, service, msg, level }))).to.deep.equal([0, 1, 2].map((i) => ({ id: 'x-1', hop: 'k3f9', time: T + i, service: 'shop', msg: `line ${i}`, level: i === 2 ? 'error' : 'info' })));
      expect(notes).to.deep.equal([]);
      expect((await listRequests({ failed: true }, sources)).requests.map(({ id }) => id)).to.deep.equal(['x-1']);
    });
  }

  it('has lines of text with the time and the service of the store', async () => {
    const text = [
      JSON.stringify({ insertId: '1', textPayload: 'x-1 went wrong', resource: { labels: { container_name: 'shop' } }, timestamp: at(1), severity: 'ERROR' }),
      `${at(1)} {app="shop"} ERROR x-1 went wrong`,
      JSON.stringify({ labels: { app: 'shop' }, line: 'ERROR x-1 went wrong', timestamp: at(1) }),
      JSON.stringify({ logStreamName: 'ecs/shop/0a1b2c3d', timestamp: T + 1, message: 'ERROR x-1 went wrong', ingestionTime: T }),
      JSON.stringify({ '@timestamp': at(1), message: 'x-1 went wrong', log: { level: 'error' }, container: { name: 'shop' } }),
    ].join('\n');
    const { entries, notes } = await readEntries('x-1', opened(text));
    for (const { time, service, msg, level } of entries) expect({ time, service, msg: msg.replace('ERROR ', ''), level }).to.deep.equal({ time: T + 1, service: 'shop', msg: 'x-1 went wrong', level: 'error' });
    expect([entries.length, notes]).to.deep.equal([5, []]);
  });

  it('is not confused with a line whose message is JSON, nor a text in braces with a broken line', async () => {
    const { entries, notes } = await readEntries('x-1', opened(`${JSON.stringify({ correlation_id: 'x-1', message: '{"a":1}' })}\n{ id: 'x-1', level: 30 }\n[x-1] {}\n`));
    expect(entries.map(({ msg }) => msg)).to.deep.equal(['{"a":1}', "{ id: 'x-1', level: 30 }", '[x-1] {}']);
    expect(notes).to.deep.equal([]);
    const own = await readEntries('x-1', opened(`${JSON.stringify({ order_id: 'x-1', message: '{"a":1}' })}\n`), { key: 'order_id' });
    expect(own.entries).to.have.nested.property('[0].id', 'x-1');
  });
});

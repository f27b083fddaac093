import { only } from './server';
import type { Answer, Asked } from './server';

// Simulates Loki's answers to `query_range` from its documentation, because it cannot run here. Unknown LogQL is refused.
// https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
// https://grafana.com/docs/loki/latest/query/log_queries/ (selector, line filters, label filters, strings)
export interface Stored { at: bigint; line: string; stream: Record<string, string>; metadata?: Record<string, string> }

const STRING = String.raw`"(?:[^"\\\n]|\\.)*"`;
const STAGE = new RegExp(String.raw`\s*(?:(\|=|!=|\|~)\s*(${STRING})|\|\s*([a-zA-Z_]\w*)(=~|!=|=)(${STRING}))`, 'y');

export class LokiApi {
  constructor(readonly rows: Stored[], private readonly tenant?: string) {}

  answer({ method, path, query, headers }: Asked): Answer {
    if (this.tenant !== undefined && headers['x-scope-orgid'] !== this.tenant) return { status: 401, body: 'no org id\n' };
    if (method !== 'GET' || path !== '/loki/api/v1/query_range') return { status: 404, body: '404 page not found\n' };
    only(Object.fromEntries(query), 'query', 'start', 'end', 'limit', 'direction');
    const [start, end] = ['start', 'end'].map((name) => nanoseconds(query.get(name))) as [bigint, bigint];
    const limit = Number(query.get('limit'));
    const direction = query.get('direction');
    if (limit > 5000) throw new Error(`max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > 5000)`);
    if (direction !== 'forward' && direction !== 'backward') throw new Error(`invalid direction ${String(direction)}`);
    if (end < start) throw new Error('end timestamp must not be before or equal to start time');
    const keeps = compile(query.get('query') ?? '');
    const found = this.rows.filter((row) => row.at >= start && row.at < end && keeps(row)).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0) * (direction === 'forward' ? 1 : -1)).slice(0, limit);
    const streams = new Map<string, { stream: Record<string, string>; values: [string, string][] }>();
    for (const { at, line, stream, metadata } of found) {
      const labels = { ...stream, ...metadata };
      const key = JSON.stringify(labels);
      const group = streams.get(key) ?? { stream: labels, values: [] };
      streams.set(key, group);
      group.values.push([String(at), line]);
    }
    return { body: { status: 'success', data: { resultType: 'streams', result: [...streams.values()], stats: {} } } };
  }
}

function compile(query: string): (row: Stored) => boolean {
  const [selector = '', body = ''] = new RegExp(String.raw`^\{((?:\s*[a-zA-Z_]\w*(?:=~|!=|!~|=)${STRING}\s*,?)+)\}`).exec(query) ?? [];
  if (selector === '') throw new Error('parse error: a query has a stream selector');
  const matchers = [...body.matchAll(new RegExp(String.raw`([a-zA-Z_]\w*)(=~|=)(${STRING})`, 'g'))].map(([, name = '', operator = '', text = '']) => (row: Stored) => holds(row.stream[name] ?? '', operator, unquote(text)));
  const stages: ((row: Stored) => boolean)[] = [];
  STAGE.lastIndex = selector.length;
  while (STAGE.lastIndex < query.length) {
    const at = STAGE.lastIndex;
    const found = STAGE.exec(query);
    if (found === null) throw new Error(`parse error at line 1, col ${at + 1}: syntax error: unexpected ${query.slice(at, at + 20)}`);
    const [, filter, line = '', label = '', operator = '', value = ''] = found;
    if (filter === undefined) stages.push((row) => holds({ ...row.stream, ...row.metadata }[label] ?? '', operator, unquote(value)));
    else if (filter === '|~') stages.push((row) => new RegExp(unquote(line)).test(row.line));
    else stages.push((row) => row.line.includes(unquote(line)) === (filter === '|='));
  }
  return (row) => [...matchers, ...stages].every((keeps) => keeps(row));
}

function holds(value: string, operator: string, wanted: string): boolean {
  if (operator === '=~') return new RegExp(`^(?:${wanted.replace('(?i)', '')})$`, wanted.startsWith('(?i)') ? 'i' : '').test(value);
  return (value === wanted) === (operator === '=');
}

/** Parses a Go string: all escapes of JSON except `\/`, and no lone surrogates. */
function unquote(text: string): string {
  if (!/^"(?:[^"\\]|\\(?:[bfnrt"\\]|u(?!d[89a-f])[0-9a-f]{4}))*"$/i.test(text)) throw new Error('parse error: invalid char escape');
  return JSON.parse(text) as string;
}

function nanoseconds(text: string | null): bigint {
  if (text === null || !/^\d{1,19}$/.test(text)) throw new Error(`could not parse ${String(text)} as a time`);
  return BigInt(text);
}

import type { ReadOptions } from '../read/options';
import type { Wanted } from './store';
import { INTERNAL } from '../read/summaries';

/** Where an index has what a reader looks for: by the mappings of docs/stack.md, and those that Logstash and Elasticsearch make by themselves. */
export interface Fields {
  /** The ID's field as it is called in a document. */
  name: string;
  /** The ID's field, whole; `undefined` where there is none but one that is taken to pieces. */
  id: string | undefined;
  time: string;
  /** Levels that are texts, and levels that are pino's numbers. */
  levels: string[];
  numberedLevels: string[];
  statuses: string[];
  /** A record's duration. */
  took: string | undefined;
}

const IDS = ['http.request.id', 'correlation_id', 'correlation.id', 'attributes.correlation.id', 'labels.correlation_id', 'request_id'];
const TIMES = ['@timestamp', 'time', 'timestamp'];
const LEVELS = ['log.level', 'level', 'severity_text', 'severity'];
const STATUSES = ['http.response.status_code', 'res.statusCode', 'statusCode', 'status'];
const DURATIONS = ['responseTime', 'event.duration', 'request_time', 'duration_ms'];
const TEXTS = ['message', 'msg', 'error.message', 'error.stack_trace', 'event.original'];
const NUMBERS = ['byte', 'short', 'integer', 'long', 'unsigned_long', 'half_float', 'float', 'double', 'scaled_float'];
const BAD = ['error', 'fatal', 'critical', 'ERROR', 'FATAL', 'CRITICAL'];

/** All that `fieldsFor` asks for. */
export function asked(key: string | undefined): string {
  return [...(key === undefined ? IDS : [key]), ...LEVELS, ...STATUSES, ...DURATIONS].flatMap((name) => [name, `${name}.keyword`]).concat(TIMES).join(',');
}

/** The fields of an index by what `_field_caps` says; `undefined` where none can have an ID. */
export function fieldsFor(caps: Record<string, Record<string, unknown>>, key: string | undefined): Fields | undefined {
  const has = (name: string): boolean => Object.hasOwn(caps, name);
  const is = (name: string, types: readonly string[]): boolean => has(name) && Object.keys(caps[name] ?? {}).every((type) => types.includes(type) || type === 'unmapped');
  const whole = (name: string): string | undefined => [name, `${name}.keyword`].find((each) => is(each, ['keyword', 'constant_keyword', 'wildcard']));
  const name = (key === undefined ? IDS : [key]).find(has);
  if (name === undefined) return undefined;
  return {
    name,
    id: whole(name),
    time: TIMES.find((each) => is(each, ['date', 'date_nanos'])) ?? '@timestamp',
    levels: LEVELS.flatMap((each) => whole(each) ?? []),
    numberedLevels: LEVELS.filter((each) => is(each, NUMBERS)),
    statuses: STATUSES.filter((each) => is(each, NUMBERS)),
    took: DURATIONS.find((each) => is(each, NUMBERS)),
  };
}

/** The body of a search. What is asked for is a value in it, never a query in Lucene's language. */
export function queryOf(fields: Fields, wanted: Wanted, { since, until }: ReadOptions): Record<string, unknown> {
  const { id, name, time, took } = fields;
  const filter: unknown[] = [];
  if (since !== undefined || until !== undefined) {
    filter.push({ range: { [time]: { ...(since === undefined ? {} : { gte: Math.floor(since) }), ...(until === undefined ? {} : { lte: Math.ceil(until) }), format: 'epoch_millis' } } });
  }
  if ('id' in wanted) filter.push(anyOf([id === undefined ? { match_phrase: { [name]: wanted.id } } : { term: { [id]: wanted.id } }, { match_phrase: { message: wanted.id } }]));
  else filter.push({ exists: { field: name } });
  if ('text' in wanted) filter.push({ multi_match: { query: wanted.text, type: 'phrase', fields: TEXTS, lenient: true } });
  if ('failed' in wanted) {
    filter.push(anyOf([
      ...fields.levels.map((level) => ({ terms: { [level]: BAD } })),
      ...fields.numberedLevels.map((level) => ({ range: { [level]: { gte: 50 } } })),
      ...fields.statuses.map((status) => ({ range: { [status]: { gte: 500 } } })),
    ]));
  }
  if ('slowest' in wanted) filter.push(took === undefined ? { match_none: {} } : { exists: { field: took } });
  // A nanosecond is more than a number of JSON has: `numeric_type` makes milliseconds of it.
  const byTime = { [time]: { order: 'id' in wanted ? 'asc' : 'desc', unmapped_type: 'date', numeric_type: 'date' } };
  return {
    query: { bool: { filter, ...('id' in wanted ? {} : { must_not: [id === undefined ? { match_phrase: { [name]: INTERNAL } } : { term: { [id]: INTERNAL } }] }) } },
    sort: 'slowest' in wanted && took !== undefined ? [{ [took]: { order: 'desc' } }] : [byTime],
    track_total_hits: false,
  };
}

function anyOf(should: unknown[]): unknown {
  return should.length === 0 ? { match_none: {} } : { bool: { should, minimum_should_match: 1 } };
}

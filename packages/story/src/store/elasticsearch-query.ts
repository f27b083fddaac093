import { GRPC_FAULTS } from '../answer';
import type { ReadOptions } from '../read/options';
import type { Wanted } from './store';
import { INTERNAL } from '../read/summaries';

/**
 * Names of the index fields to search: those of the mappings in docs/stack.md, and those that Logstash and Elasticsearch create by
 * default.
 */
export interface Fields {
  /** Name of the ID's field in a document. */
  name: string;
  /** The ID's field for exact matches; `undefined` if the only field is analysed text. */
  id: string | undefined;
  time: string;
  /** Levels as text, and levels as pino's numbers. */
  levels: string[];
  numberedLevels: string[];
  statuses: string[];
  grpcStatuses: string[];
  /** Duration of a record. */
  took: string | undefined;
}

const IDS = ['http.request.id', 'correlation_id', 'correlation.id', 'attributes.correlation.id', 'labels.correlation_id', 'request_id'];
const TIMES = ['@timestamp', 'time', 'timestamp'];
const LEVELS = ['log.level', 'level', 'severity_text', 'severity'];
const STATUSES = ['http.response.status_code', 'res.statusCode', 'statusCode', 'status'];
const GRPC_STATUSES = ['res.grpcStatus'];
const DURATIONS = ['responseTime', 'event.duration', 'request_time', 'duration_ms'];
const TEXTS = ['message', 'msg', 'error.message', 'error.stack_trace', 'event.original'];
const NUMBERS = ['byte', 'short', 'integer', 'long', 'unsigned_long', 'half_float', 'float', 'double', 'scaled_float'];
const BAD = ['error', 'fatal', 'critical', 'ERROR', 'FATAL', 'CRITICAL'];

/** All fields that `fieldsFor` needs. */
export function asked(key: string | undefined): string {
  return [...(key === undefined ? IDS : [key]), ...LEVELS, ...STATUSES, ...GRPC_STATUSES, ...DURATIONS].flatMap((name) => [name, `${name}.keyword`]).concat(TIMES).join(',');
}

/** Selects the fields of an index by the answer of `_field_caps`; `undefined` if no field can hold an ID. */
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
    grpcStatuses: GRPC_STATUSES.filter((each) => is(each, NUMBERS)),
    took: DURATIONS.find((each) => is(each, NUMBERS)),
  };
}

/** Builds the body of a search. Requested texts are values in it, never Lucene query syntax. */
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
      ...fields.grpcStatuses.map((status) => ({ terms: { [status]: GRPC_FAULTS } })),
      ...fields.statuses.map((status) => ({ range: { [status]: { gte: 500 } } })),
    ]));
  }
  if ('slowest' in wanted) filter.push(took === undefined ? { match_none: {} } : { exists: { field: took } });
  // JSON numbers cannot hold nanoseconds, so `numeric_type` converts to milliseconds.
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

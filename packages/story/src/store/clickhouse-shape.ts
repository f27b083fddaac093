import { GRPC_FAULTS } from '../answer';
import { bytes, literal, quoted } from './clickhouse-sql';

export interface Column { name: string; type: string }

/** How one table stores lines, as SQL expressions. */
export interface Shape {
  /** Expression of the ID. */
  id: string;
  hasId(id: string): string;
  hasText(text: string): string;
  /** Condition that is true for a line that reports a failure. */
  failed: string;
  /** Expression of a record's milliseconds; 0 if the line is not a record. */
  took: string;
  /** Column to order by. */
  time: string | undefined;
  within(since: number | undefined, until: number | undefined): string | undefined;
  select: string;
  /** Restores the log line from a row. */
  line(row: Record<string, unknown>): string;
  /** Field of the ID in that line, if it is not one that the parser tries by default. */
  key?: string;
}

const IDS = ['correlation_id', 'http.request.id', 'correlation.id', 'request_id'];
const TIMES = ['time', '@timestamp', 'Timestamp', 'timestamp', 'ts', 'TimestampTime'];
const LINES = ['line', 'raw', '_raw', 'log'];
/** In this range, seconds, milliseconds, microseconds and nanoseconds cannot be confused. */
const EARLIEST = Date.UTC(1990, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
const EPOCH = 'epoch of ';
const FAILED = "('error', 'fatal', 'critical', '50', '60', 'ERROR', 'FATAL', 'CRITICAL')";
const GRPC_FAILED = `(${GRPC_FAULTS.join(', ')})`;

/**
 * Recognises a table that has the line as written, the Collector's columns, or one column for each field; `undefined` for any
 * other.
 */
export function shapeOf(columns: readonly Column[], key: string | undefined): Shape | undefined {
  const types = new Map(columns.map(({ name, type }) => [name, type.replace(/^LowCardinality\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1')]));
  const time = TIMES.find((name) => types.has(name));
  const of = { time: time === undefined ? undefined : quoted(time), within: withinOf(time, time === undefined ? '' : (types.get(time) ?? '')) };
  const line = LINES.find((name) => types.get(name) === 'String');
  const id = [...(key === undefined ? [] : [key]), ...IDS].find((name) => types.has(name));
  if (line !== undefined) return { ...of, ...lineShape(quoted(line), line, id, key ?? 'correlation_id') };
  if (types.get('LogAttributes')?.startsWith('Map(') === true) return { ...of, ...collectorShape(key ?? 'correlation.id') };
  return id === undefined ? undefined : { ...of, ...columnShape(types, id, time) };
}

/** A table with the line as written: fields without a column are read from the JSON. */
function lineShape(line: string, name: string, column: string | undefined, key: string): Omit<Shape, 'time' | 'within'> {
  const json = (kind: string, field: string): string => `visitParamExtract${kind}(${line}, ${bytes(field)})`;
  const id = column === undefined ? json('String', key) : quoted(column);
  const level = ['level', 'log.level', 'severity'].map((field) => `replaceAll(${json('Raw', field)}, '"', '') IN ${FAILED}`);
  const status = ['statusCode', 'status', 'status_code'].map((field) => `${json('Int', field)} >= 500`);
  return {
    id,
    // A text line can have the ID anywhere; an index on the column still helps.
    hasId: (value) => (column === undefined ? `position(${line}, ${bytes(value)}) > 0` : `${id} = ${bytes(value)} OR (${id} = '' AND position(${line}, ${bytes(value)}) > 0)`),
    // JSON escapes some characters.
    hasText: (value) => [value, JSON.stringify(value).slice(1, -1)].map((each) => `position(${line}, ${bytes(each)}) > 0`).join(' OR '),
    failed: `(${[...level, ...status, `${json('Int', 'grpcStatus')} IN ${GRPC_FAILED}`].join(' OR ')})`,
    took: `greatest(${json('Float', 'responseTime')}, ${json('Float', 'request_time')} * 1000)`,
    select: line,
    line: (row) => String(row[name] ?? ''),
  };
}

/** The table that the OpenTelemetry Collector's exporter creates. */
function collectorShape(key: string): Omit<Shape, 'time' | 'within'> {
  const attribute = (name: string): string => `LogAttributes[${bytes(name)}]`;
  const id = attribute(key);
  return {
    id,
    hasId: (value) => `${id} = ${bytes(value)} OR position(Body, ${bytes(value)}) > 0`,
    hasText: (value) => `position(Body, ${bytes(value)}) > 0`,
    failed: `(SeverityNumber >= 17 OR toInt32OrZero(${attribute('http.response.status_code')}) >= 500 OR visitParamExtractInt(${attribute('res')}, 'statusCode') >= 500 OR visitParamExtractInt(${attribute('res')}, 'grpcStatus') IN ${GRPC_FAILED})`,
    took: `toFloat64OrZero(${attribute('responseTime')})`,
    select: 'toUnixTimestamp64Nano(Timestamp) AS nanoseconds, SeverityText, ServiceName, Body, TraceId, SpanId, ResourceAttributes, LogAttributes',
    line: (row) => JSON.stringify({
      time: Number(row['nanoseconds']), level: row['SeverityText'], 'service.name': row['ServiceName'], message: row['Body'],
      ...attributes(row['ResourceAttributes'], (name) => name === 'host.name' || name === 'process.pid'),
      ...attributes(row['LogAttributes'], () => true),
    }),
    key,
  };
}

/** A table with one column for each field. */
function columnShape(types: ReadonlyMap<string, string>, key: string, time: string | undefined): Omit<Shape, 'time' | 'within'> {
  const id = quoted(key);
  const having = (names: string[]): string[] => names.filter((name) => types.has(name));
  const texts = [...types].filter(([, type]) => type === 'String').map(([name]) => quoted(name));
  const milliseconds = [...having(['responseTime', 'ms', 'duration_ms']).map((name) => `toFloat64(${quoted(name)})`), ...having(['request_time']).map((name) => `toFloat64(${quoted(name)}) * 1000`), ...having(['event.duration']).map((name) => `toFloat64(${quoted(name)}) / 1000000`)];
  const failed = [
    ...having(['level', 'log.level', 'severity', 'SeverityText']).map((name) => `toString(${quoted(name)}) IN ${FAILED}`),
    ...having(['res.grpcStatus']).map((name) => `toFloat64OrZero(toString(${quoted(name)})) IN ${GRPC_FAILED}`),
    ...having(['status', 'statusCode', 'res.statusCode', 'status_code', 'http.response.status_code']).map((name) => `toFloat64OrZero(toString(${quoted(name)})) >= 500`),
  ];
  const type = time === undefined ? '' : (types.get(time) ?? '');
  const select = [...types.keys()].map((name) => {
    if (name !== time || !type.startsWith('DateTime')) return quoted(name);
    return `${type.startsWith('DateTime64') ? `toUnixTimestamp64Nano(toDateTime64(${quoted(name)}, 9))` : `toUnixTimestamp(${quoted(name)})`} AS ${quoted(EPOCH + name)}`;
  });
  return {
    id,
    hasId: (value) => `${types.get(key) === 'String' ? id : `toString(${id})`} = ${bytes(value)}`,
    hasText: (value) => `(${texts.map((text) => `position(${text}, ${bytes(value)}) > 0`).join(' OR ') || '0'})`,
    failed: `(${failed.join(' OR ') || '0'})`,
    took: milliseconds.length === 0 ? '0' : milliseconds.length === 1 ? (milliseconds[0] as string) : `greatest(${milliseconds.join(', ')})`,
    select: select.join(', '),
    // Rows have all columns, so an empty one was not in the line.
    line: (row) => JSON.stringify(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => [name.startsWith(EPOCH) ? name.slice(EPOCH.length) : name, value]))),
    key,
  };
}

/** A condition for a time window, by the column's type: strings are ISO dates, numbers are seconds to nanoseconds. */
function withinOf(time: string | undefined, type: string): Shape['within'] {
  return (since, until) => {
    if (time === undefined || (since === undefined && until === undefined)) return undefined;
    const column = quoted(time);
    const [from, to] = [since ?? EARLIEST, until ?? LATEST].map((ms) => Math.min(Math.max(ms, EARLIEST), LATEST)) as [number, number];
    const between = (a: string, b: string): string => `${column} >= ${a} AND ${column} <= ${b}`;
    if (type.startsWith('DateTime64')) return between(...([from, to].map((ms) => `toDateTime64(${literal(ms / 1000)}, 9)`) as [string, string]));
    if (type.startsWith('DateTime')) return between(`toDateTime(${literal(Math.floor(from / 1000))})`, `toDateTime(${literal(Math.ceil(to / 1000))})`);
    if (type === 'String') return between(bytes(iso(from)), bytes(`${iso(to).slice(0, -1)}~`));
    return [1e-3, 1, 1e3, 1e6].map((unit) => `(${between(literal(from * unit), literal(to * unit))})`).join(' OR ');
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function attributes(map: unknown, wanted: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object(map) as Record<string, unknown>).filter(([name]) => wanted(name)).map(([name, value]) => [name, parsed(value)]));
}

/** Restores an attribute's type from its text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (/^-?\d+(\.\d+)?$/.test(value) && String(Number(value)) === value) return Number(value);
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

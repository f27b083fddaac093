import type { Entry } from '../model';
import { isObject, parsed } from '../read/formats/fields';
import { parseLine } from '../read/formats/line';
import type { ReadOptions } from '../read/options';
import { shapeOf } from './clickhouse-shape';
import type { Column } from './clickhouse-shape';
import { bytes, quoted } from './clickhouse-sql';
import { Endpoint, StoreError, basic, targetOf } from './endpoint';
import type { Reader, Wanted } from './store';
import { INTERNAL } from '../read/summaries';
import { oneLineOf } from '../show/text';

/** The variables that ClickHouse's own clients use. */
const VARIABLES = 'CLICKHOUSE_USER and CLICKHOUSE_PASSWORD';

/**
 * Reads rows of a ClickHouse table (`/db.table`) over HTTP, from version 18.16. It sends GET requests, which the server treats as
 * read-only. Source: https://clickhouse.com/docs/interfaces/http
 */
export function clickhouse(url: URL, env: NodeJS.ProcessEnv): Reader {
  const { base, target } = targetOf(url);
  const [, database, table = ''] = /^(?:([^.]+)\.)?(.+)$/s.exec(target) ?? [];
  if (table === '') throw new StoreError('the address of a ClickHouse table ends with /db.table');
  const from = [...(database === undefined ? [] : [database]), table].map(quoted).join('.');
  const endpoint = new Endpoint(`clickhouse at ${base.origin}`, base, basic(env['CLICKHOUSE_USER'], env['CLICKHOUSE_PASSWORD']), VARIABLES);
  const meaning = (status: number, body: string): string | undefined => {
    // 60: no such table, 81: no such database, 192 to 194 and 516: authentication.
    const code = Number(/Code: (\d+)/.exec(body)?.[1]);
    if (code === 60 || code === 81) return `has no table ${oneLineOf(target)}`;
    if ([192, 193, 194, 516].includes(code)) return `refuses the credentials (${status}): set ${VARIABLES}`;
    return undefined;
  };
  const rows = (query: string, signal: AbortSignal | undefined): AsyncGenerator<string> => endpoint.lines({ path: '', query: { query: `${query} FORMAT JSONEachRow` }, signal, meaning });

  return {
    name: endpoint.name,
    async *read(wanted: Wanted, most: number, options: ReadOptions): AsyncGenerator<Entry> {
      const columns: Column[] = [];
      for await (const row of rows(`DESCRIBE TABLE ${from}`, options.signal)) columns.push(parseRow(row, endpoint.name) as unknown as Column);
      const shape = shapeOf(columns, options.key);
      if (shape === undefined) throw new StoreError(`${endpoint.name} has no column in ${oneLineOf(target)} that is named as an ID is (correlation_id, line, LogAttributes): name yours with --key`);
      const conditions = [conditionOf(wanted, shape), shape.within(options.since, options.until)].filter((each) => each !== undefined);
      const order = 'slowest' in wanted ? `${shape.took} DESC` : shape.time === undefined ? undefined : `${shape.time}${'id' in wanted ? '' : ' DESC'}`;
      const query = `SELECT ${shape.select} FROM ${from} WHERE ${conditions.map((each) => `(${each})`).join(' AND ')}${order === undefined ? '' : ` ORDER BY ${order}`} LIMIT ${most}`;
      for await (const row of rows(query, options.signal)) {
        yield* parseLine(shape.line(parseRow(row, endpoint.name)), target, shape.key === undefined ? options : { ...options, key: shape.key });
      }
    },
  };
}

function conditionOf(wanted: Wanted, shape: NonNullable<ReturnType<typeof shapeOf>>): string {
  if ('id' in wanted) return shape.hasId(wanted.id);
  const real = `${shape.id} NOT IN ('', ${bytes(INTERNAL)})`;
  if ('text' in wanted) return `${real} AND (${shape.hasText(wanted.text)})`;
  return `${real} AND ${'failed' in wanted ? shape.failed : `${shape.took} > 0`}`;
}

/** Parses a row. Anything else is an error that occurred after the response began. */
function parseRow(row: string, name: string): Record<string, unknown> {
  const value = parsed(row);
  if (isObject(value)) return value;
  throw new StoreError(`${name} failed during its answer: ${oneLineOf(row)}`);
}

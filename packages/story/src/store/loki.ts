import type { Entry } from '../model';
import { parseLine } from '../read/formats/line';
import type { ReadOptions } from '../read/options';
import { Endpoint, StoreError, basic } from './endpoint';
import { lineOf, queriesOf } from './loki-query';
import type { Labels } from './loki-query';
import type { Reader, Wanted } from './store';

const VARIABLES = 'LOKI_USERNAME and LOKI_PASSWORD, or LOKI_BEARER_TOKEN, and LOKI_ORG_ID';
/** Largest response by default (`max_entries_limit_per_query`). */
const PAGE = 5000;
const HOUR = 3_600_000;
/** Default period to search. Loki's own default is one hour. */
const HOURS = 24;

interface Row { at: bigint; line: string; labels: Labels }

/**
 * Reads lines of Loki by `query_range`: `loki+http://host:3100`, with `?selector={app="shop"}` to limit the streams. Source:
 * https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
 */
export function loki(url: URL, env: NodeJS.ProcessEnv): Reader {
  const selector = url.searchParams.get('selector') ?? '{service_name=~".+"}';
  const base = new URL(url);
  base.search = '';
  const token = env['LOKI_BEARER_TOKEN'] ?? '';
  const tenant = env['LOKI_ORG_ID'] ?? '';
  const endpoint = new Endpoint(`loki at ${base.origin}`, base, {
    ...(token === '' ? basic(env['LOKI_USERNAME'], env['LOKI_PASSWORD']) : { authorization: `Bearer ${token}` }),
    ...(tenant === '' ? {} : { 'x-scope-orgid': tenant }),
  }, VARIABLES);

  const page = async (query: string, start: bigint, end: bigint, direction: 'forward' | 'backward', signal: AbortSignal | undefined): Promise<Row[]> => {
    const answer = await endpoint.json({
      path: 'loki/api/v1/query_range', query: { query, start: String(start), end: String(end), limit: String(PAGE), direction }, signal,
      meaning: (status, body) => (status === 401 && /no org id/i.test(body) ? 'is for several tenants: set LOKI_ORG_ID' : undefined),
    });
    const { resultType, result } = (answer['data'] ?? {}) as { resultType?: string; result?: { stream?: Labels; values?: [string, string][] }[] };
    if (resultType !== 'streams' || !Array.isArray(result)) throw new StoreError(`${endpoint.name} answers with no lines: is it Loki?`);
    const rows = result.flatMap(({ stream = {}, values = [] }) => values.map(([at, line]) => ({ at: BigInt(at), line, labels: stream })));
    return rows.sort((a, b) => (direction === 'forward' ? compare(a.at, b.at) : compare(b.at, a.at)));
  };

  return {
    name: endpoint.name,
    remark: (wanted, options) => (options.since !== undefined || timeInId(wanted) !== undefined ? undefined : `only the last ${HOURS} hours of Loki are read: --since tells from when`),
    async *read(wanted: Wanted, most: number, options: ReadOptions): AsyncGenerator<Entry> {
      const end = nanoseconds(options.until ?? Date.now() + HOUR) + 1n; // `end` is exclusive
      const start = nanoseconds(options.since ?? timeInId(wanted) ?? Number(end / 1_000_000n) - HOURS * HOUR);
      const direction = 'id' in wanted ? 'forward' : 'backward';
      const seen = new Set<string>();
      let given = 0;
      for (const query of queriesOf(selector, wanted, options.key)) {
        for await (const row of walk((from, to) => page(query, from, to, direction, options.signal), start, end, direction)) {
          // A line can match both queries, and is returned twice if a page ends within a nanosecond.
          const what = JSON.stringify([String(row.at), row.line, row.labels]);
          if (seen.has(what)) continue;
          seen.add(what);
          if (given++ >= most) return;
          yield* parseLine(lineOf(row.line, row.labels, row.at), row.labels['service_name'] ?? row.labels['app'] ?? row.labels['job'] ?? 'loki', options);
        }
      }
    },
  };
}

/** All rows between two times. After a full page, the next one begins at its last timestamp and repeats the rows of that timestamp. */
async function* walk(page: (start: bigint, end: bigint) => Promise<Row[]>, start: bigint, end: bigint, direction: 'forward' | 'backward'): AsyncGenerator<Row> {
  for (let [from, to] = [start, end]; from < to;) {
    const rows = await page(from, to);
    yield* rows;
    const last = rows.at(-1)?.at;
    if (rows.length < PAGE || last === undefined) return;
    // A full page with one timestamp: its other rows cannot be read.
    if (direction === 'forward') from = last > from ? last : last + 1n;
    else to = last + 1n < to ? last + 1n : last;
  }
}

/** One hour before the time in a UUIDv7. */
function timeInId(wanted: Wanted): number | undefined {
  const [, high = '', low = ''] = ('id' in wanted && /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(wanted.id)) || [];
  return high === '' ? undefined : parseInt(high + low, 16) - HOUR;
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(Math.min(Math.max(ms, 0), 9e12))) * 1_000_000n; // the limit of 64-bit nanoseconds
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

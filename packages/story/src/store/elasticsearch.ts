import type { Entry } from '../model';
import { parseLine } from '../read/formats/line';
import type { ReadOptions } from '../read/options';
import { oneLineOf } from '../show/text';
import { asked, fieldsFor, queryOf } from './elasticsearch-query';
import type { Fields } from './elasticsearch-query';
import { Endpoint, StoreError, basic, targetOf } from './endpoint';
import type { Reader, Wanted } from './store';

const VARIABLES = 'ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD';
const PAGE = 1000;
/** Largest page by default (`index.max_result_window`). */
const LARGEST = 10_000;

interface Hit { _id?: string; _index?: string; _source?: Record<string, unknown>; sort?: unknown[] }

/**
 * Reads documents of Elasticsearch or OpenSearch with three documented features that both have: `_field_caps`, `_search`,
 * `search_after`. Sources: https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results,
 * https://www.elastic.co/guide/en/elasticsearch/reference/7.17/search-field-caps.html,
 * https://docs.opensearch.org/latest/search-plugins/searching-data/paginate/
 */
export function elasticsearch(url: URL, env: NodeJS.ProcessEnv): Reader {
  const { base, target } = targetOf(url);
  if (target === '' || /[\\/?"<>| #\u0000-\u001f]/.test(target) || target.startsWith('_')) throw new StoreError('the address of an index ends with its name, such as /filebeat-*');
  const key = env['ELASTICSEARCH_API_KEY'] ?? '';
  const headers = key === '' ? basic(env['ELASTICSEARCH_USERNAME'], env['ELASTICSEARCH_PASSWORD']) : { authorization: `ApiKey ${key}` };
  const endpoint = new Endpoint(`elasticsearch at ${base.origin}`, base, headers, VARIABLES);
  const path = target.split(',').map(encodeURIComponent).join(',').replaceAll('%2A', '*');
  const meaning = (status: number): string | undefined => (status === 404 ? `has no index ${oneLineOf(target)}` : undefined);

  const search = async (fields: Fields, wanted: Wanted, options: ReadOptions, size: number, after: unknown[] | undefined): Promise<Hit[]> => {
    const answer = await endpoint.json({ path: `${path}/_search`, query: { allow_no_indices: 'false' }, json: { ...queryOf(fields, wanted, options), size, ...(after === undefined ? {} : { search_after: after }) }, signal: options.signal, meaning });
    return ((answer['hits'] as { hits?: Hit[] } | undefined)?.hits ?? []);
  };

  return {
    name: endpoint.name,
    async *read(wanted: Wanted, most: number, options: ReadOptions): AsyncGenerator<Entry> {
      const caps = await endpoint.json({ path: `${path}/_field_caps`, query: { fields: asked(options.key), allow_no_indices: 'false' }, signal: options.signal, meaning });
      const fields = fieldsFor((caps['fields'] ?? {}) as Record<string, Record<string, unknown>>, options.key);
      if (fields === undefined) throw new StoreError(`${endpoint.name} has no field in ${oneLineOf(target)} that an ID is in (http.request.id, correlation_id): name yours with --key`);
      for await (const hit of pages((size, after) => search(fields, wanted, options, size, after), most)) {
        yield* parseLine(JSON.stringify(hit._source ?? {}), hit._index ?? target, { ...options, key: fields.name });
      }
    },
  };
}

/**
 * Pages with `search_after` on a value that is not unique. A point in time would be safer, but the two products have different APIs
 * for it. The hits of a full page with its last value are dropped; the next page begins after the value before it and returns them
 * again.
 */
export async function* pages(search: (size: number, after: unknown[] | undefined) => Promise<Hit[]>, most: number): AsyncGenerator<Hit> {
  let size = Math.min(PAGE, most);
  let after: unknown[] | undefined;
  for (let given = 0; given < most;) {
    const hits = await search(size, after);
    const last = JSON.stringify(hits.at(-1)?.sort);
    const full = hits.length >= size;
    const sure = full ? hits.filter(({ sort }) => JSON.stringify(sort) !== last) : hits;
    if (sure.length === 0 && full && size < LARGEST) {
      size = LARGEST; // one millisecond has more lines than a page
      continue;
    }
    // One millisecond has more lines than the largest page: the rest cannot be read.
    const page = sure.length === 0 ? hits : sure;
    for (const hit of page.slice(0, most - given)) yield hit;
    given += page.length;
    after = page.at(-1)?.sort;
    if (!full || after === undefined) return;
  }
}

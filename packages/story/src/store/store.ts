import type { Entry } from '../model';
import type { Found, ListQuery, ReadOptions, RequestSummary } from '../read/options';
import { clickhouse } from './clickhouse';
import { elasticsearch } from './elasticsearch';
import { mentions } from '../read/mentions';
import { StoreError } from './endpoint';
import { loki } from './loki';
import { summariesOf } from '../read/summaries';

/** Where lines have been shipped to, to be read as files are. */
export interface Store {
  /** Its address, without what a reader may not see. */
  readonly name: string;
  /** All entries of one request. Throws `StoreError`: refused, unreachable, no such table. */
  entriesOf(id: string, options?: ReadOptions): Promise<Found>;
  /** Requests that failed, that were slowest, or that have a line with a text. Throws `StoreError`. */
  requests(query: ListQuery, options?: ReadOptions): Promise<{ requests: RequestSummary[]; notes: string[] }>;
}

/** What is asked of a store, in no store's language. */
export type Wanted = { id: string } | { text: string } | { failed: true } | { slowest: number };

/** One kind of store: entries that match, newest or slowest first in lists, at most so many. */
export interface Reader {
  readonly name: string;
  read(wanted: Wanted, most: number, options: ReadOptions): AsyncIterable<Entry>;
  /** What a reader should know of all that is read from it, such as a window of time that nobody asked for. */
  remark?(wanted: Wanted, options: ReadOptions): string | undefined;
}

const KINDS: Record<string, (url: URL, env: NodeJS.ProcessEnv) => Reader> = { clickhouse, elasticsearch, opensearch: elasticsearch, loki };
const ADDRESS = /^([a-z]+)\+(https?:\/\/.+)$/i;
/** Rows that are asked for at most: for one request, and for a list. */
const OF_ONE = 100_000;
const OF_LIST = 20_000;

/** True for what `openStore` takes for an address of a store. */
export function isStore(address: string): boolean {
  return ADDRESS.test(address);
}

/**
 * A store by its address: `clickhouse+http://host:8123/db.table`, `elasticsearch+https://host:9200/index-*`,
 * `opensearch+https://…`, `loki+http://host:3100`. Credentials come from the environment. Throws `StoreError`; asks nothing yet.
 */
export function openStore(address: string, env: NodeJS.ProcessEnv = process.env): Store {
  const [, kind = '', rest = ''] = ADDRESS.exec(address) ?? [];
  const open = Object.hasOwn(KINDS, kind.toLowerCase()) ? KINDS[kind.toLowerCase()] : undefined;
  if (open === undefined || !URL.canParse(rest)) {
    throw new StoreError(`not an address of a store: expected ${Object.keys(KINDS).map((each) => `${each}+http://…`).join(', ')}`);
  }
  const url = new URL(rest);
  if (url.username !== '' || url.password !== '') throw new StoreError('credentials do not belong in the address, where every process of the machine sees them: set the environment');
  return storeOf(open(url, env));
}

function storeOf(reader: Reader): Store {
  const collect = async (wanted: Wanted, most: number, options: ReadOptions): Promise<{ entries: Entry[]; notes: string[] }> => {
    const entries: Entry[] = [];
    const remark = reader.remark?.(wanted, options);
    const notes = remark === undefined ? [] : [remark];
    let read = 0;
    for await (const entry of reader.read(wanted, most + 1, options)) {
      if (++read > most) {
        notes.push(`${reader.name} has more than ${most} lines of this: the rest is not read`);
        break;
      }
      if (holds(entry, wanted)) entries.push(entry);
    }
    return { entries, notes };
  };
  return {
    name: reader.name,
    entriesOf: async (id, options = {}) => ({ ...(await collect({ id }, OF_ONE, options)), nearest: [], neighbours: [] }),
    requests: async (query, options = {}) => {
      const wanted: Wanted = query.with !== undefined ? { text: query.with } : query.slowest !== undefined ? { slowest: query.slowest } : { failed: true };
      const { entries, notes } = await collect(wanted, OF_LIST, options);
      return { requests: summariesOf(query, entries), notes };
    },
  };
}

/** Confirms what a store found: one that takes texts to pieces also finds what is only like the ID or the text. */
function holds(entry: Entry, wanted: Wanted): boolean {
  if ('id' in wanted) return entry.id === wanted.id || mentions(entry.raw, wanted.id);
  return !('text' in wanted) || entry.msg.includes(wanted.text) || entry.raw.includes(wanted.text) || entry.raw.includes(JSON.stringify(wanted.text).slice(1, -1));
}

import type { Entry } from '../model';
import type { Found, ListQuery, ReadOptions, RequestSummary } from '../read/options';
import { clickhouse } from './clickhouse';
import { elasticsearch } from './elasticsearch';
import { mentions } from '../read/mentions';
import { StoreError } from './endpoint';
import { loki } from './loki';
import { summariesOf } from '../read/summaries';
import { oneLineOf } from '../show/text';

/** A log store, read like files. */
export interface Store {
  /** Its address without secrets. */
  readonly name: string;
  /**
   * Reads all entries of one request. Throws `StoreError`, for example if access is denied, the server is unreachable or the table
   * does not exist.
   */
  entriesOf(id: string, options?: ReadOptions): Promise<Found>;
  /** Lists requests that failed, that were slowest, or that have a line with a text. Throws `StoreError`. */
  requests(query: ListQuery, options?: ReadOptions): Promise<{ requests: RequestSummary[]; notes: string[] }>;
}

/** A search, independent of the store's query language. */
export type Wanted = { id: string } | { text: string } | { failed: true } | { slowest: number };

/** One kind of store. Returns matching entries, in lists the newest or slowest first, up to a limit. */
export interface Reader {
  readonly name: string;
  read(wanted: Wanted, most: number, options: ReadOptions): AsyncIterable<Entry>;
  /** A note for the user on everything that is read from it, such as a default time window. */
  remark?(wanted: Wanted, options: ReadOptions): string | undefined;
}

const KINDS: Record<string, (url: URL, env: NodeJS.ProcessEnv) => Reader> = { clickhouse, elasticsearch, opensearch: elasticsearch, loki };
const ADDRESS = /^([a-z]+)\+(https?:\/\/.+)$/i;
/** Most rows to request, for one request and for a list. */
const OF_ONE = 100_000;
const OF_LIST = 20_000;

/** True if `openStore` accepts this as an address of a store. */
export function isStore(address: string): boolean {
  return ADDRESS.test(address);
}

/**
 * Opens a store by its address: `clickhouse+http://host:8123/db.table`, `elasticsearch+https://host:9200/index-*`,
 * `opensearch+https://…`, `loki+http://host:3100`. Credentials come from the environment. Throws `StoreError` for an invalid
 * address; does not connect yet.
 */
export function openStore(address: string, env: NodeJS.ProcessEnv = process.env): Store {
  const [, kind = '', rest = ''] = ADDRESS.exec(address) ?? [];
  const open = Object.hasOwn(KINDS, kind.toLowerCase()) ? KINDS[kind.toLowerCase()] : undefined;
  if (open === undefined || !URL.canParse(rest)) {
    throw new StoreError(`not an address of a store: expected ${Object.keys(KINDS).map((each) => `${each}+http://…`).join(', ')}`);
  }
  const url = new URL(rest);
  if (url.username !== '' || url.password !== '') throw new StoreError('credentials in the address are visible to every process of the machine: set environment variables instead');
  return storeOf(open(url, env));
}

function storeOf(reader: Reader): Store {
  const collect = async (wanted: Wanted, most: number, options: ReadOptions): Promise<{ entries: Entry[]; notes: string[] }> => {
    const entries: Entry[] = [];
    const remark = reader.remark?.(wanted, options);
    const notes = remark === undefined ? [] : [remark];
    let read = 0;
    try {
      for await (const entry of reader.read(wanted, most + 1, options)) {
        if (++read > most) {
          notes.push(`${reader.name} has more than ${most} lines of this: the rest is not read`);
          break;
        }
        if (holds(entry, wanted)) entries.push(entry);
      }
    } catch (error) {
      // A server that is not this store, or of another version, can send JSON of any shape.
      throw error instanceof StoreError ? error : new StoreError(`${reader.name} answers with what was not expected: ${oneLineOf((error as Error).message)}`);
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

/** Verifies a result: full-text search also returns lines that only resemble the ID or the text. */
function holds(entry: Entry, wanted: Wanted): boolean {
  if ('id' in wanted) return entry.id === wanted.id || mentions(entry.raw, wanted.id);
  return !('text' in wanted) || entry.msg.includes(wanted.text) || entry.raw.includes(wanted.text) || entry.raw.includes(JSON.stringify(wanted.text).slice(1, -1));
}

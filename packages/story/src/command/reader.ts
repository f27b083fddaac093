import { existsSync, fstatSync } from 'node:fs';
import type { Entry } from '../model';
import { NEIGHBOURS, follow, listRequests, openSources, readEntries, readMany } from '../read';
import type { Found, ListQuery, ReadOptions, RequestSummary } from '../read';
import { UsageError } from './options';

/** A source of lines: files or a log store. */
export interface Reader {
  /** Names to show to the user. */
  names: readonly string[];
  one(id: string, options: ReadOptions): Promise<Found>;
  many(ids: readonly string[], options: ReadOptions): Promise<{ entries: Map<string, Entry[]>; notes: string[] }>;
  list(query: ListQuery, options: ReadOptions): Promise<{ requests: RequestSummary[]; notes: string[] }>;
  follow(query: { id?: string; failed?: boolean }, options: ReadOptions): AsyncIterable<Entry>;
  close(): void;
}

/** Reads files. Throws `SourceError` if one cannot be read. */
export function readFiles(paths: readonly string[], stdin?: NodeJS.ReadableStream): Reader {
  const sources = openSources(paths, stdin === undefined ? {} : { stdin });
  return {
    names: sources.names,
    one: (id, options) => readEntries(id, sources, { ...options, neighbours: NEIGHBOURS }),
    many: (ids, options) => readMany(ids, sources, options),
    list: (query, options) => listRequests(query, sources, options),
    follow: (query, options) => follow(query, sources, options),
    close: () => sources.close(),
  };
}

/** The default paths if none is given: piped standard input, else `./logs`. `undefined` if there is neither. */
export function defaultPaths(stdin: { fd?: number; isTTY?: boolean }): string[] | undefined {
  if (stdin.isTTY !== true && isPiped(stdin.fd ?? 0)) return ['-'];
  return existsSync('logs') ? ['logs'] : undefined;
}

/** Whether there is input to read: a pipe, a socket or a file, but not `/dev/null`. */
function isPiped(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket() || stat.isFile();
  } catch {
    return false;
  }
}

/** Requests of a list whose stories are fetched from a store concurrently. */
const AT_ONCE = 4;

/** Reads a log store by its address. Throws `SourceError` for an invalid address; errors of the store itself come with its answers. */
export async function readStore(address: string, env: NodeJS.ProcessEnv): Promise<Reader> {
  const { openStore } = await import('../store/store.js');
  const store = openStore(address, env);
  return {
    names: [store.name],
    one: (id, options) => store.entriesOf(id, options),
    many: async (ids, options) => {
      const entries = new Map<string, Entry[]>();
      const notes = new Set<string>();
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        await Promise.all(ids.slice(from, from + AT_ONCE).map(async (id) => {
          const found = await store.entriesOf(id, options);
          entries.set(id, found.entries);
          for (const note of found.notes) notes.add(note);
        }));
      }
      return { entries, notes: [...notes] };
    },
    list: (query, options) => store.requests(query, options),
    follow: () => { throw new UsageError('--follow reads files only: with --from, ask the store again'); },
    close: () => {},
  };
}

import { existsSync, fstatSync } from 'node:fs';
import type { Entry } from '../model';
import { follow, listRequests, openSources, readEntries, readMany } from '../read';
import type { Found, ListQuery, ReadOptions, RequestSummary } from '../read';
import { UsageError } from './options';

/** Where lines come from: files, or a log store. */
export interface Reader {
  /** As a reader would say them. */
  names: readonly string[];
  one(id: string, options: ReadOptions): Promise<Found>;
  many(ids: readonly string[], options: ReadOptions): Promise<{ entries: Map<string, Entry[]>; notes: string[] }>;
  list(query: ListQuery, options: ReadOptions): Promise<{ requests: RequestSummary[]; notes: string[] }>;
  follow(query: { id?: string; failed?: boolean }, options: ReadOptions): AsyncIterable<Entry>;
  close(): void;
}

/** Reads files; throws `SourceError` where one cannot be. */
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

/** Calls around a request that its clocks are measured by, beside its own. */
const NEIGHBOURS = 500;

/** The files where no path is named: what is piped in, else `./logs`. `undefined` where there is neither. */
export function defaultPaths(stdin: { fd?: number; isTTY?: boolean }): string[] | undefined {
  if (stdin.isTTY !== true && isPiped(stdin.fd ?? 0)) return ['-'];
  return existsSync('logs') ? ['logs'] : undefined;
}

/** Whether something is there to be read: a pipe, a socket or a file, and not `/dev/null`. */
function isPiped(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket() || stat.isFile();
  } catch {
    return false;
  }
}

/** Reads a log store by its address. */
export function readStore(address: string): Reader {
  throw new UsageError(`--from is ${address}: stores are not read yet`);
}

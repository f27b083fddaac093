import type { Entry } from '../model';
import type { Found, ListQuery, ParseOptions, ReadOptions, RequestSummary } from './options';

export type { Found, ListQuery, ParseOptions, Progress, ReadOptions, RequestSummary } from './options';

/** A path that cannot be read: the command says its message and ends with 2. */
export class SourceError extends Error {
  override name = 'SourceError';
}

export interface SourceOptions {
  /** Read where `-` is among the paths, and where there are none. */
  stdin?: NodeJS.ReadableStream;
  /** What relative paths and globs are relative to; default `process.cwd()`. */
  cwd?: string;
  /** Bytes that one compressed file may become, so that a zip bomb ends; default 64 GiB. What is left out is noted. */
  mostBytes?: number;
}

/** Files, and standard input, to be read as often as it takes. */
export interface Sources {
  /** Names as a reader would say them: the path as given, or `stdin`. */
  readonly names: readonly string[];
  /** Bytes on the disk; `undefined` with standard input. */
  readonly bytes: number | undefined;
  /** Lets go of what standard input was kept in. */
  close(): void;
}

/** Finds the logs. Throws `SourceError` for a missing file, a folder without logs, a glob that matches nothing. */
export declare function openSources(paths: readonly string[], options?: SourceOptions): Sources;

/** All entries of one request. */
export declare function readEntries(id: string, sources: Sources, options?: ReadOptions & { neighbours?: number }): Promise<Found>;

/** All entries of several requests, in one pass. */
export declare function readMany(ids: Iterable<string>, sources: Sources, options?: ReadOptions): Promise<{ entries: Map<string, Entry[]>; notes: string[] }>;

/** Requests that failed, that were slowest, or that have a line with a text. */
export declare function listRequests(query: ListQuery, sources: Sources, options?: ReadOptions): Promise<{ requests: RequestSummary[]; notes: string[] }>;

/** New entries of one ID, or of requests that fail, as their lines come; over rotation, until `signal` aborts. */
export declare function follow(query: { id?: string; failed?: boolean }, sources: Sources, options?: ParseOptions & { signal?: AbortSignal }): AsyncIterable<Entry>;

/** What one line says: one entry, for OTLP several, for a blank line none. Never throws. */
export declare function parseLine(text: string, sourceName: string, options?: ParseOptions): Entry[];

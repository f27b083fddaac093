import type { Entry } from '../model';

/** How lines become entries. */
export interface ParseOptions {
  /** Name or dotted path of the field that has the ID; the known ones (`correlation_id`, `correlation.id`, …) are looked at after it. */
  key?: string;
  /** Name of the field that has the hop; default `hop`, and `correlation.hop` in OTLP. */
  hopKey?: string;
  /** What a time without a zone is in; default `utc`. */
  zone?: 'utc' | 'local';
  /** Epoch milliseconds that a time of day without a date is before: the newest time of its file; default now. */
  before?: number;
}

/** How far a scan is. */
export interface Progress {
  /** Bytes read so far, as they are on the disk. */
  bytes: number;
  /** Bytes of all files; `undefined` with standard input. */
  total: number | undefined;
  /** Lines found so far. */
  found: number;
}

export interface ReadOptions extends ParseOptions {
  /** Epoch milliseconds; entries with an earlier time are left out. Files in order of time are then searched by bisection. */
  since?: number;
  /** Epoch milliseconds; entries with a later time are left out. */
  until?: number;
  /** 1 or 2; default: two where that pays. */
  threads?: number;
  /** Called after each block that was read, some hundred times a GiB. */
  onProgress?: (progress: Progress) => void;
  /** Ends the scan; what was found so far is then the result, and a note says so. */
  signal?: AbortSignal;
}

/** What a list shows of a request. */
export interface RequestSummary {
  id: string;
  /** Epoch milliseconds: its start where a record says it, else its first line that was seen. */
  time: number | undefined;
  /** Of the record that spans most time among those that were seen. */
  status?: number;
  /** Milliseconds, of the same record. */
  ms?: number;
  method?: string;
  url?: string;
  /** Service of the first line that tells of a failure. */
  failedIn?: string;
  /** What that line says. */
  error?: string;
  /** Service of the record, else of the first line. */
  service: string;
  /** How many of its lines were seen: those that failed, or have the text; with `slowest` its records. */
  lines: number;
}

/** Which requests; one of the three. */
export interface ListQuery {
  /** Those with an error line or a status of 5xx, newest first. */
  failed?: boolean;
  /** So many of the slowest, slowest first. */
  slowest?: number;
  /** Those that have a line with this text, newest first. */
  with?: string;
}

/** What was found of one request. */
export interface Found {
  /** By file, in the order of the lines. */
  entries: Entry[];
  /** What a reader should know of the reading: broken lines, truncated files, what was not read. One sentence each. */
  notes: string[];
  /** IDs like the one asked for, where nothing was found; the nearest first, at most five. */
  nearest: string[];
  /**
   * Records of requests and calls with hops, of any ID, from the lines around those that were found: what clocks are compared by.
   * Empty unless `neighbours` asks.
   */
  neighbours: Entry[];
}

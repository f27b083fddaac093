import type { Entry } from '../model';

/** How lines are parsed. */
export interface ParseOptions {
  /** Name or dotted path of the ID field; the known ones (`correlation_id`, `correlation.id`, …) are tried after it. */
  key?: string;
  /** Name of the hop field; default `hop`, and `correlation.hop` in OTLP. */
  hopKey?: string;
  /** Zone of times that do not name one: an IANA name or an offset such as `+02:00`; default UTC. */
  zone?: string;
  /** Epoch milliseconds. A time of day without a date is before this: the newest time of its file; default now. */
  before?: number;
}

/** Progress of a scan. */
export interface Progress {
  /** Bytes read so far, as stored on disk. */
  bytes: number;
  /** Total bytes of all files; `undefined` with standard input. */
  total: number | undefined;
  /** Lines found so far. */
  found: number;
}

export interface ReadOptions extends ParseOptions {
  /** Epoch milliseconds; earlier entries are left out. Files in order of time are then searched by bisection. */
  since?: number;
  /** Epoch milliseconds; later entries are left out. */
  until?: number;
  /** 1 or 2; default 2 if the input is large enough. */
  threads?: number;
  /** Called after each block, a few hundred times per GiB. */
  onProgress?: (progress: Progress) => void;
  /** Stops the scan; the result is what was found so far, and a note says so. */
  signal?: AbortSignal;
}

/** One row of a list. */
export interface RequestSummary {
  id: string;
  /** Epoch milliseconds: the start in its record, else its first line that was seen. */
  time: number | undefined;
  /** Status in the longest record that was seen. */
  status?: number;
  grpcStatus?: number;
  /** Milliseconds, from the same record. */
  ms?: number;
  method?: string;
  url?: string;
  /** Service of the first line that reports a failure. */
  failedIn?: string;
  /** The error in that line. */
  error?: string;
  /** Service of the record, else of the first line. */
  service: string;
  /** Number of its lines that were seen: failures or lines with the text; with `slowest`, its records. */
  lines: number;
}

/** Which requests to list; set one of the three. */
export interface ListQuery {
  /** Requests with an error line, a 5xx status or what means the same in gRPC, newest first. */
  failed?: boolean;
  /** This many of the slowest requests, slowest first. */
  slowest?: number;
  /** Requests that have a line with this text, newest first. */
  with?: string;
}

/** What was found for one request. */
export interface Found {
  /** By file, in line order. */
  entries: Entry[];
  /** Notes on the input: broken lines, truncated files, what was not read. One sentence each. */
  notes: string[];
  /** IDs similar to the requested one, if nothing was found; the nearest first, at most five. */
  nearest: string[];
  /**
   * Records of requests and calls with hops, of any ID, near the lines that were found. Clocks are compared by them. Empty unless
   * `neighbours` asks for them.
   */
  neighbours: Entry[];
}

/** Severity of a line, normalised across loggers. */
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** An error found in a line. */
export interface Failure {
  type?: string;
  message: string;
  code?: string;
  stack?: string;
}

/** A request or call, as one log line describes it. */
export interface Exchange {
  method?: string;
  /** Host and port of the called server. */
  host?: string;
  /** Path without the query. */
  url?: string;
  status?: number;
  /** Status of a gRPC answer, from 0 to 16. */
  grpcStatus?: number;
  /** Statuses of all attempts, if one line has several: nginx writes `503, 503, 200`. */
  statuses?: number[];
  /** Epoch milliseconds by the writer's clock. */
  start?: number;
  /** Milliseconds. */
  ms?: number;
  /** Milliseconds from the start until the response headers arrived. */
  firstByteMs?: number;
  /** True if the client disconnected before the response was complete. */
  aborted?: boolean;
  /** True if the line only says that the request began (fastify's "incoming request"), without status or `ms`. */
  begun?: boolean;
}

/** One log line. All formats are parsed to these fields. */
export interface Entry {
  /** Epoch milliseconds with fractions, by the writer's clock; `undefined` if the line has no time. */
  time: number | undefined;
  /** Precision of the time in milliseconds: 1 for whole milliseconds, 1000 for CLF. */
  resolution: number;
  service: string;
  host?: string;
  pid?: number;
  level?: Level;
  msg: string;
  /** The ID in its field; `undefined` if it appears only in the text. */
  id?: string;
  /** Number of the hop that wrote the line. */
  hop?: string;
  /** Number of the call, for a call's record only. */
  call?: string;
  /** The request or call that the record describes. In a record of a request, `call` is absent. */
  exchange?: Exchange;
  error?: Failure;
  /** The parsed line; `undefined` for text. */
  record?: Readonly<Record<string, unknown>>;
  /** The line after docker, CRI or journald wrapping is removed; never displayed raw. */
  raw: string;
  /** `offset`: uncompressed byte offset of the line in the file. */
  source: { name: string; line?: number; offset?: number };
}

/** A clock that was corrected. */
export interface Clock {
  service: string;
  host?: string;
  /** Milliseconds added to its times. */
  correctionMs: number;
  /** Half the width of the interval that the calls allow, in milliseconds; `Infinity` (`null` in JSON) if they bound only one side. */
  boundMs: number;
  /** False for a clock that jumped: its calls contradict one another, so it is not corrected. */
  consistent: boolean;
}

/** A call made by a hop. */
export interface Call {
  /** Number of the call; `undefined` without hops. */
  call?: string;
  method?: string;
  host?: string;
  /** The service at this host, if only other calls to it were answered. */
  service?: string;
  url?: string;
  status?: number;
  /** Status of a gRPC answer, from 0 to 16. */
  grpcStatus?: number;
  /** Epoch milliseconds, corrected. */
  start: number;
  end: number;
  ms: number;
  firstByteMs?: number;
  error?: Failure;
  /** Hops that answered: none if the service has no lines, two if the call was delivered twice. */
  answers: string[];
  /** True if the call has no record: its times are those of the hop that answered. */
  guessed?: boolean;
  /** True for a queued message, whose sender does not wait. */
  queued?: boolean;
}

/** One request handled by one service. */
export interface Hop {
  /** Number of the hop; without numbers, a made-up name that is unique in the story. */
  hop: string;
  /** The calling hop; `undefined` for a root. */
  parent?: string;
  /** Number of the call that this hop answers. */
  call?: string;
  service: string;
  host?: string;
  pid?: number;
  /** Epoch milliseconds, corrected. */
  start: number;
  end: number;
  ms: number;
  /** Milliseconds in which the hop waited for no call. */
  selfMs: number;
  status?: number;
  /** Status of a gRPC answer, from 0 to 16. */
  grpcStatus?: number;
  /** Statuses of all attempts, if its line has several: nginx writes `503, 503, 200`. */
  statuses?: number[];
  method?: string;
  url?: string;
  /** True if the response was cut off, by the client unless `brokenOff`. */
  aborted?: boolean;
  /** True if the service itself cut it off. */
  brokenOff?: boolean;
  /** The first error that it logged, else the error in its record. */
  error?: Failure;
  calls: Call[];
  /** Number of lines that it wrote. */
  lines: number;
  /**
   * `exact`: from a record of the request or the call. `guessed`: from the times of lines. `open`: it began but never ended.
   * `missing`: other hops refer to it, but it has no lines.
   */
  edge: 'exact' | 'guessed' | 'open' | 'missing';
  /** The periods of this hop on the critical path of the request, in corrected epoch milliseconds. */
  critical: [start: number, end: number][];
  /** True if the hop failed: a 5xx or what means the same in gRPC, an abort or an error line. */
  failed: boolean;
}

/** One line of a story. */
export interface StoryLine {
  /** Corrected epoch milliseconds, of the end for a record of a request or call; `undefined` if the line has no time. */
  time?: number;
  /** The time as logged. */
  rawTime?: number;
  /** Milliseconds since the start of the story. */
  offsetMs?: number;
  service: string;
  level?: Level;
  /** Hop that the line belongs to. */
  hop?: string;
  msg: string;
  /** The request or call that the record describes. */
  exchange?: Exchange;
  error?: Failure;
  /** True if the ID appears only in the line's text. */
  textOnly?: boolean;
  /** The parsed line, or its text if it could not be parsed. */
  record: Readonly<Record<string, unknown>> | string;
}

/** The longest period without a line from any hop that worked on the request. */
export interface Gap {
  service: string;
  hop: string;
  ms: number;
  /** Indices into `lines`. */
  before: number;
  after: number;
}

/** The story of one request: the output of `--json` and the input of all renderers. */
export interface Story {
  id: string;
  /** Epoch milliseconds, corrected. */
  start: number;
  end: number;
  /** `ok`: it ended, and nothing failed. `unfinished`: it did not end. `unknown`: no line says whether it ended. */
  status: 'failed' | 'ok' | 'unfinished' | 'unknown';
  /** One to three sentences. */
  verdict: string[];
  clocks: Clock[];
  /** A tree in display order: each root, and below each hop the hops that answered its calls. */
  hops: Hop[];
  /** In order of time. */
  lines: StoryLine[];
  gap?: Gap;
  /** Services that were called but have no lines. */
  silent: string[];
  /** Notes on the input: broken lines, truncated files, clocks that could not be corrected. */
  notes: string[];
}

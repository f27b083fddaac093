/** How bad a line is, whichever logger wrote it. */
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** An error as a line has it. */
export interface Failure {
  type?: string;
  message: string;
  code?: string;
  stack?: string;
}

/** A request or a call that is through, as one line tells of it. */
export interface Exchange {
  method?: string;
  /** Host and port that a call went to. */
  host?: string;
  /** Path, without its query. */
  url?: string;
  status?: number;
  /** Statuses of all attempts, where one line has several: nginx writes `503, 503, 200`. */
  statuses?: number[];
  /** Epoch milliseconds, as the clock of the writer had it. */
  start?: number;
  /** Milliseconds. */
  ms?: number;
  /** Milliseconds from the start until the head of the answer came. */
  firstByteMs?: number;
  /** True where the client went away before the answer was through. */
  aborted?: boolean;
  /** True where the line says only that the request has begun (fastify's "incoming request"): no status, no `ms`. */
  begun?: boolean;
}

/** One log line, from whatever it was read: the same fields for every format. */
export interface Entry {
  /** Epoch milliseconds with fractions, as the clock of the writer had it; `undefined` where the line has no time. */
  time: number | undefined;
  /** Milliseconds that the time may be off for want of digits: 1 for whole milliseconds, 1000 for CLF. */
  resolution: number;
  service: string;
  host?: string;
  pid?: number;
  level?: Level;
  msg: string;
  /** The ID in its field; `undefined` where it stands only somewhere in the text. */
  id?: string;
  /** Number of the hop that wrote the line. */
  hop?: string;
  /** Number of the call that the line tells of: a call's record only. */
  call?: string;
  /** What a record of a request (no `call`) or of a call that is through says. */
  exchange?: Exchange;
  error?: Failure;
  /** The parsed line; `undefined` for text. */
  record?: Readonly<Record<string, unknown>>;
  /** The line as it came, unwrapped (docker, CRI, journald); never shown raw. */
  raw: string;
  /** `offset`: bytes in the file, uncompressed, at which the line begins. */
  source: { name: string; line?: number; offset?: number };
}

/** A clock that was put right. */
export interface Clock {
  service: string;
  host?: string;
  /** Milliseconds that were added to its times. */
  correctionMs: number;
  /** Half-width of what the calls leave open, in milliseconds; `Infinity` (`null` in JSON) where they bound one side only. */
  boundMs: number;
  /** False for a clock that jumped: its calls contradict one another, and it is left as it is. */
  consistent: boolean;
}

/** A call that a hop made. */
export interface Call {
  /** Its number; `undefined` without hops. */
  call?: string;
  method?: string;
  host?: string;
  url?: string;
  status?: number;
  /** Epoch milliseconds, corrected. */
  start: number;
  end: number;
  ms: number;
  firstByteMs?: number;
  error?: Failure;
  /** Hops that answered it: none where its service has no line, two where it was delivered twice. */
  answers: string[];
  /** True where it has no record: its times are those of whoever answered it. */
  guessed?: boolean;
  /** True for a message that was put into a queue: nobody waited for it. */
  queued?: boolean;
}

/** One request handled by one service. */
export interface Hop {
  /** Its number; without hops a made-up one that no other hop of the story has. */
  hop: string;
  /** Hop that made the call; `undefined` for a root. */
  parent?: string;
  /** Number of the call that it answers. */
  call?: string;
  service: string;
  host?: string;
  pid?: number;
  /** Epoch milliseconds, corrected. */
  start: number;
  end: number;
  ms: number;
  /** Milliseconds in which it waited for none of its calls. */
  selfMs: number;
  status?: number;
  /** Statuses of all attempts, where its line has several: nginx writes `503, 503, 200`. */
  statuses?: number[];
  method?: string;
  url?: string;
  /** True where the client went away before the answer was through. */
  aborted?: boolean;
  /** The first that it wrote, else what its record says. */
  error?: Failure;
  calls: Call[];
  /** How many lines it wrote. */
  lines: number;
  /**
   * `exact`: from a record of the request or the call. `guessed`: from the times of lines. `open`: it began and never ended.
   * `missing`: a hop that others name, with no line of its own.
   */
  edge: 'exact' | 'guessed' | 'open' | 'missing';
  /** Parts of it that the request's end waited for, in epoch milliseconds, corrected. */
  critical: [start: number, end: number][];
  /** True for a hop that failed: a 5xx, an abort, an error line. */
  failed: boolean;
}

/** One line of a story. */
export interface StoryLine {
  /** Epoch milliseconds, corrected; `undefined` where the line has none. */
  time?: number;
  /** The time as it stands in the line. */
  rawTime?: number;
  /** Milliseconds since the start of the story. */
  offsetMs?: number;
  service: string;
  level?: Level;
  /** Hop of the story that it belongs to. */
  hop?: string;
  msg: string;
  /** What a record of a request or a call says. */
  exchange?: Exchange;
  error?: Failure;
  /** True where the ID stands in the line's text only. */
  textOnly?: boolean;
  /** The parsed line; the text of it where it is no record. */
  record: Readonly<Record<string, unknown>> | string;
}

/** The longest time in which nobody who worked on the request wrote anything. */
export interface Gap {
  service: string;
  hop: string;
  ms: number;
  /** Indices into `lines`. */
  before: number;
  after: number;
}

/** The story of one request: what `--json` prints, and what every picture is made from. */
export interface Story {
  id: string;
  /** Epoch milliseconds, corrected. */
  start: number;
  end: number;
  status: 'failed' | 'ok' | 'unfinished';
  /** One to three sentences. */
  verdict: string[];
  clocks: Clock[];
  /** A tree in the order that it is drawn: each root, and below each hop whoever answered its calls. */
  hops: Hop[];
  /** By time. */
  lines: StoryLine[];
  gap?: Gap;
  /** Services that were called and have no line. */
  silent: string[];
  /** What a reader should know of the reading: broken lines, truncated files, clocks left alone. */
  notes: string[];
}

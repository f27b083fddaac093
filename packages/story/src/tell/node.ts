import type { Entry, Exchange } from '../model';

/** What lines say about one hop, before clocks are corrected. */
export interface Node {
  /** Its number, or a made-up name. */
  hop: string;
  numbered: boolean;
  service: string;
  host?: string;
  pid?: number;
  /** All its lines, including records. */
  entries: Entry[];
  /** The record of its completion. */
  request?: Entry;
  /** The line that says that it began. */
  begun?: Entry;
  calls: NodeCall[];
  /** The call that it answers; `undefined` for a root. */
  answers?: NodeCall;
  /** True if only times placed it under its call: not enough to measure a clock by. */
  unsure?: boolean;
}

/** A call of a hop, known from its record or from the hop that answered. */
export interface NodeCall {
  caller: Node;
  number?: string;
  record?: Entry;
  answers: Node[];
  /** True if the caller forwarded the request itself, as a proxy does: its own record also describes the call. */
  front?: boolean;
}

/** Start and end of an exchange by the writer's clock. */
export interface Span {
  start: number;
  end: number;
  /** Milliseconds by which both may be later, because their times are truncated. */
  slack: number;
}

/** A hop without lines yet. */
export function emptyNode(hop: string, numbered: boolean): Node {
  return { hop, numbered, service: '', entries: [], calls: [] };
}

/** Adds a line to a hop. */
export function addEntry(node: Node, entry: Entry): void {
  node.entries.push(entry);
  if (node.service === '') node.service = entry.service;
  if (node.service === entry.service) {
    if (node.host === undefined && entry.host !== undefined) node.host = entry.host;
    if (node.pid === undefined && entry.pid !== undefined) node.pid = entry.pid;
  }
  if (entry.exchange === undefined || isCall(entry)) return;
  if (entry.exchange.begun === true) node.begun ??= entry;
  else if (node.request === undefined || precision(entry) > precision(node.request)) node.request = entry;
}

/** Combines a hop's records of its request: fastify logs method and path at the start, status and duration at the end. */
export function exchangeOf({ begun, request }: Node): Exchange | undefined {
  if (begun === undefined || request === undefined) return (request ?? begun)?.exchange;
  return { ...begun.exchange, ...request.exchange };
}

/** Whether a record describes a call instead of a request: it has a call number, or says where the call went. */
export function isCall(entry: Entry): boolean {
  return entry.exchange !== undefined && (entry.call !== undefined || entry.exchange.host !== undefined);
}

/** Start and end of a record's exchange; `undefined` if the line has neither a start nor a time. */
export function spanOf(entry: Entry): Span | undefined {
  const { start, ms = 0 } = entry.exchange ?? {};
  if (start !== undefined) return { start, end: start + ms, slack: Number.isInteger(start) ? entry.resolution : 0 };
  if (entry.time === undefined) return undefined;
  return { start: entry.time - ms, end: entry.time, slack: entry.resolution };
}

/** Identifies the clock of an entry's times: its host; without a host, its service. */
export function clockOf({ host, service }: { host?: string; service: string }): string {
  return host === undefined ? `service ${service}` : `host ${host}`;
}

/** Turns a called host into a service name: without the port, unless it is an IP address. */
export function serviceOfHost(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  return /^(?:[\d.]+|\[.*\]|localhost)(?::\d+)?$/.test(host) ? host : host.replace(/:\d+$/, '');
}

/** Which of several records of a request says most: what a logger of requests writes, before what an application may mean otherwise. */
function precision({ exchange, record }: Entry): number {
  if (exchange?.ms === undefined) return exchange?.status === undefined ? 0 : 1;
  const times = exchange.start === undefined ? 2 : Number.isInteger(exchange.start) ? 3 : 4;
  return typeof record?.['req'] === 'object' || typeof record?.['res'] === 'object' ? times + 3 : times;
}

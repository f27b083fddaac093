import type { Entry, Exchange } from '../model';

/** What lines say of one hop, before clocks are put right. */
export interface Node {
  /** Its number, or a made-up name where it has none. */
  hop: string;
  numbered: boolean;
  service: string;
  host?: string;
  pid?: number;
  /** Everything that it wrote, records too. */
  entries: Entry[];
  /** The record that it is through. */
  request?: Entry;
  /** The line that says that it has begun. */
  begun?: Entry;
  calls: NodeCall[];
  /** The call that it answers; `undefined` for a root. */
  answers?: NodeCall;
  /** True where it was put under its call by its times alone: too little to judge a clock by. */
  unsure?: boolean;
}

/** A call of a hop: from its record, or known by whoever answered it. */
export interface NodeCall {
  caller: Node;
  number?: string;
  record?: Entry;
  answers: Node[];
  /** True where the caller passed the very request on, as a proxy does: its own record tells of the call too. */
  front?: boolean;
}

/** When an exchange was, by its writer's clock. */
export interface Span {
  start: number;
  end: number;
  /** Milliseconds that both may be later, for want of digits. */
  slack: number;
}

/** A hop without lines so far. */
export function emptyNode(hop: string, numbered: boolean): Node {
  return { hop, numbered, service: '', entries: [], calls: [] };
}

/** Gives a hop one more line. */
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

/** What a hop's records say of its request: fastify tells method and path when it begins, and status and duration at the end. */
export function exchangeOf({ begun, request }: Node): Exchange | undefined {
  if (begun === undefined || request === undefined) return (request ?? begun)?.exchange;
  return { ...begun.exchange, ...request.exchange };
}

/** Whether a record is of a call, not of a request: it has a number, or says where it went. */
export function isCall(entry: Entry): boolean {
  return entry.exchange !== undefined && (entry.call !== undefined || entry.exchange.host !== undefined);
}

/** When a record's exchange was; `undefined` where the line has neither a start nor a time. */
export function spanOf(entry: Entry): Span | undefined {
  const { start, ms = 0 } = entry.exchange ?? {};
  if (start !== undefined) return { start, end: start + ms, slack: Number.isInteger(start) ? entry.resolution : 0 };
  if (entry.time === undefined) return undefined;
  return { start: entry.time - ms, end: entry.time, slack: entry.resolution };
}

/** The clock that an entry's times are of: its host's; of a line without a host its service's own. */
export function clockOf({ host, service }: { host?: string; service: string }): string {
  return host === undefined ? `service ${service}` : `host ${host}`;
}

/** A called host as the name of a service: without its port, unless it is an address. */
export function serviceOfHost(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  return /^(?:[\d.]+|\[.*\]|localhost)(?::\d+)?$/.test(host) ? host : host.replace(/:\d+$/, '');
}

function precision({ exchange }: Entry): number {
  if (exchange?.ms === undefined) return exchange?.status === undefined ? 0 : 1;
  return exchange.start === undefined ? 2 : Number.isInteger(exchange.start) ? 3 : 4;
}

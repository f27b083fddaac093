import type { Entry } from '../model';
import { groupBy } from './group-by';
import { addEntry, emptyNode, isCall, spanOf } from './node';
import type { Node, Span } from './node';

/**
 * Builds hops for services that write no numbers, from the times of their lines and the request records of pino-http, fastify or
 * access logs. If a service with numbers wrote a line without one, the line goes to the hop that was active then.
 */
export function looseNodes(own: readonly Entry[], text: readonly Entry[], numbered: readonly Node[]): Node[] {
  const made: Node[] = [];
  const make: Make = (entry) => {
    const node = emptyNode(`~${made.length + 1}`, false); // real numbers never begin like this
    made.push(node);
    addEntry(node, entry);
    return node;
  };

  const homes = byService(numbered);
  const alone = own.filter((entry) => {
    if (entry.hop !== undefined) return false;
    const home = homes.get(entry.service);
    if (home === undefined || isOfAnother(entry, home.nodes)) return true;
    addEntry(home.nearest(entry), entry);
    return false;
  });
  const processes = groupBy(alone, ({ service, host = '', pid = '' }) => `${service}\n${host}\n${pid}`);
  for (const entries of processes.values()) splitByRequest(entries, make);

  // Plain text and truncated lines carry only the service.
  const known = byService([...numbered, ...made]);
  for (const entry of text) {
    const home = known.get(entry.service);
    if (home !== undefined) {
      const node = home.nearest(entry);
      if (entry.host === undefined && node.host !== undefined) entry.host = node.host; // its time is of that host's clock
      addEntry(node, entry);
    } else if (entry.time !== undefined) known.set(entry.service, new Home([make(entry)]));
  }
  return made;
}

type Make = (entry: Entry) => Node;

/** The hops of one service, to find the one that was active when a line was written. */
class Home {
  private readonly spans: (Span | undefined)[];

  constructor(readonly nodes: readonly Node[]) {
    this.spans = nodes.map(extentOf);
  }

  /** Of several active hops, the one that began last; without an active one, the nearest. */
  nearest({ time, resolution }: Entry): Node {
    let best = this.nodes[0] as Node;
    if (time === undefined || this.nodes.length === 1) return best;
    let [distance, start] = [Infinity, -Infinity];
    for (const [i, span] of this.spans.entries()) {
      if (span === undefined) continue;
      const away = Math.max(span.start - resolution - time, time - span.end - span.slack, 0);
      if (away < distance || (away === distance && span.start > start)) {
        [best, distance, start] = [this.nodes[i] as Node, away, span.start];
      }
    }
    return best;
  }
}

function byService(nodes: readonly Node[]): Map<string, Home> {
  const services = groupBy(nodes.filter(({ entries }) => entries.length > 0), ({ service }) => service);
  return new Map([...services].map(([service, list]) => [service, new Home(list)]));
}

/** Whether a record without a number describes a request that is none of the service's hops. */
function isOfAnother(entry: Entry, nodes: readonly Node[]): boolean {
  if (!isEnd(entry)) return false;
  return !nodes.some(({ request, begun }) => {
    const exchange = request?.exchange ?? begun?.exchange;
    return exchange !== undefined && exchange.method === entry.exchange?.method && exchange.url === entry.exchange?.url;
  });
}

/** One hop for each request that a process logged; one hop for all lines if it logged no requests. */
function splitByRequest(entries: readonly Entry[], make: Make): void {
  const nodes: Node[] = [];
  const byId = new Map<string, Node>();
  // Process records of completed requests first, because they say more than earlier lines.
  for (const entry of [...entries.filter(isEnd), ...entries.filter((each) => !isEnd(each) && requestIdOf(each) !== undefined)]) {
    const id = requestIdOf(entry);
    const known = id === undefined ? undefined : byId.get(id);
    if (known !== undefined && !isEnd(entry)) addTo(known, entry);
    else {
      const node = make(entry);
      nodes.push(node);
      if (id !== undefined) byId.set(id, node);
    }
  }
  const rest = entries.filter((entry) => !isEnd(entry) && requestIdOf(entry) === undefined);
  if (nodes.length === 0 && rest[0] !== undefined) nodes.push(make(rest.shift() as Entry));
  const home = new Home(nodes);
  for (const entry of rest) addTo(home.nearest(entry), entry);
}

function addTo(node: Node, entry: Entry): void {
  addEntry(node, entry);
  if (isCall(entry)) node.calls.push({ caller: node, record: entry, answers: [] });
}

/** Whether a record says that a request is complete. */
function isEnd(entry: Entry): boolean {
  return entry.exchange !== undefined && entry.exchange.begun !== true && !isCall(entry);
}

/** The request number of fastify (`reqId`) or pino-http (`req.id`), unique in a process. */
function requestIdOf({ record }: Entry): string | undefined {
  const id = record?.['reqId'] ?? (record?.['req'] as { id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}

function extentOf(node: Node): Span | undefined {
  if (node.request !== undefined) return spanOf(node.request);
  let [start, end] = [Infinity, -Infinity];
  for (const { time } of node.entries) if (time !== undefined) [start, end] = [Math.min(start, time), Math.max(end, time)];
  return start === Infinity ? undefined : { start, end, slack: 1 };
}

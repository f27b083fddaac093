import { isError } from '../answer';
import type { Entry } from '../model';
import { hasFailed } from './failed';
import type { ListQuery, RequestSummary } from './options';

/** The ID field of lines written outside a request. */
export const INTERNAL = 'Internal';

/** Summarises the entries of a list by request: newest or slowest first. */
export function summariesOf(query: ListQuery, entries: readonly Entry[]): RequestSummary[] {
  const byId = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.id === undefined || entry.id === '' || entry.id === INTERNAL) continue;
    const list = byId.get(entry.id);
    if (list === undefined) byId.set(entry.id, [entry]);
    else list.push(entry);
  }
  const requests = [...byId].map(([id, list]) => summaryOf(id, list));
  if (query.slowest !== undefined) return requests.filter(({ ms }) => ms !== undefined).sort((a, b) => (b.ms ?? 0) - (a.ms ?? 0)).slice(0, query.slowest);
  return requests.sort((a, b) => (b.time ?? 0) - (a.time ?? 0));
}

function summaryOf(id: string, entries: readonly Entry[]): RequestSummary {
  const byTime = [...entries].sort((a, b) => (a.time ?? Infinity) - (b.time ?? Infinity));
  const [first] = byTime as [Entry];
  const timed = entries.filter(({ exchange }) => exchange?.ms !== undefined).sort((a, b) => (b.exchange?.ms ?? 0) - (a.exchange?.ms ?? 0));
  // The client had the answer of the first hop, which may have given up on a slower one.
  const record = timed.find(({ hop }) => hop?.includes('.') !== true) ?? timed[0];
  // A line with an error says more than a status that was passed on, and clocks differ.
  const told = byTime.find(({ error, level }) => error !== undefined || isError(level));
  const failure = told ?? byTime.find(hasFailed);
  const { exchange } = record ?? {};
  const error = told?.error?.message ?? told?.msg;
  return {
    id,
    time: exchange?.start ?? first.time,
    service: record?.service ?? first.service,
    lines: entries.length,
    ...(exchange?.status === undefined ? {} : { status: exchange.status }),
    ...(exchange?.grpcStatus === undefined ? {} : { grpcStatus: exchange.grpcStatus }),
    ...(exchange?.ms === undefined ? {} : { ms: exchange.ms }),
    ...(exchange?.method === undefined ? {} : { method: exchange.method }),
    ...(exchange?.url === undefined ? {} : { url: exchange.url }),
    ...(failure === undefined ? {} : { failedIn: failure.service }),
    ...(error === undefined ? {} : { error }),
  };
}

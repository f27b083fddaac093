import type { StoryLine } from '../model';
import { isOwnName } from '../tell/names';
import { nestedKeys, unnested } from '../tell/nested';
import { printable } from './printable';

/** Fields that loggers put on every line, and fields shown elsewhere. */
const ALWAYS = new Set([
  ...['time', 'timestamp', '@timestamp', 'ts', 'date', 'level', 'severity', 'levelname', 'msg', 'message', 'v', 'pid', 'hostname', 'host', 'name', 'service'],
  ...['correlation_id', 'correlation.id', 'hop', 'err', 'error', 'exception', 'stack', 'trace_id', 'span_id', 'trace_flags', 'ecs.version', 'log.level', 'reqId'],
]);
/** Fields that the sentence for a record already contains. */
const OF_RECORDS = new Set(['call', 'req', 'res', 'responseTime', 'start', 'firstByte', 'method', 'path', 'url', 'status', 'request_time']);
/** Longest displayed value. */
const LONGEST = 300;

/** Returns the fields of a line that differ between lines of its service. */
export function fieldsText(lines: readonly StoryLine[], id: string): (line: StoryLine) => string {
  const shared = new Map<string, Map<string, unknown>>();
  const counts = new Map<string, number>();
  const nested = nestedKeys(lines);
  for (const { service, record: whole } of lines) {
    if (typeof whole === 'string') continue;
    const record = unnested(whole, nested);
    counts.set(service, (counts.get(service) ?? 0) + 1);
    const known = shared.get(service);
    if (known === undefined) shared.set(service, new Map(Object.entries(record)));
    else for (const [key, value] of known) if (!isSame(value, record[key])) known.delete(key);
  }
  return ({ service, record: whole, msg, exchange }) => {
    if (typeof whole === 'string') return '';
    const record = unnested(whole, nested);
    const repeated = (counts.get(service) ?? 0) > 1 ? shared.get(service) : undefined;
    const fields = Object.entries(record).filter(
      ([key, value]) => (!ALWAYS.has(key) || isOwnName(key, value, service)) && !(exchange !== undefined && OF_RECORDS.has(key)) && value !== id && value !== msg && value !== null && repeated?.has(key) !== true,
    );
    return fields.map(([key, value]) => `${printable(key)}=${shown(value)}`).join(' ');
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && json(a) === json(b));
}

function shown(value: unknown): string {
  const text = typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : json(value);
  return printable(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '…'; // nested too deep for the stack
  }
}

import type { Entry } from '../model';
import { groupBy } from './group-by';

/**
 * Gives the lines of one hop, or without hops of one process, the service's name that its records of requests and calls have. Another
 * name on a line is a field of the application's: `log.info({ name: 'John Doe' })`.
 */
export function nameServices(entries: readonly Entry[], neighbours: readonly Entry[]): void {
  const records = [...entries, ...neighbours].filter(({ exchange, hop, record }) => exchange !== undefined && (hop !== undefined || record?.['req'] !== undefined || record?.['res'] !== undefined));
  const ofHops = namesBy(records, hopOf);
  const ofProcesses = namesBy(records, processOf);
  for (const entry of entries) {
    const name = entry.hop === undefined ? ofProcesses.get(processOf(entry)) : ofHops.get(hopOf(entry));
    if (name !== undefined) entry.service = name;
  }
}

/** Whether the application put a value of its own into a field that has the service's name elsewhere. */
export function isOwnName(key: string, value: unknown, service: string): boolean {
  return (key === 'name' || key === 'service') && typeof value === 'string' && value !== service;
}

/** The names of those groups whose records all have the same. */
function namesBy(records: readonly Entry[], keyOf: (entry: Entry) => string | undefined): Map<string | undefined, string> {
  const names = new Map<string | undefined, string>();
  for (const [key, group] of groupBy(records, keyOf)) {
    const [first] = group as [Entry];
    if (key !== undefined && group.every(({ service }) => service === first.service)) names.set(key, first.service);
  }
  return names;
}

function hopOf({ id = '', hop }: Entry): string | undefined {
  return hop === undefined ? undefined : `${id}\n${hop}`;
}

/** A process: containers that share their host's name may all have number 1, but hardly one file. */
function processOf({ host, pid, source }: Entry): string | undefined {
  return host === undefined || pid === undefined ? undefined : `${source.name}\n${host}\n${pid}`;
}

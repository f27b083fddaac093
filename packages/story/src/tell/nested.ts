import type { StoryLine } from '../model';

/** Fields of a record that describe a request, a call or an error. */
const DESCRIBING = ['req', 'res', 'err', 'responseTime'];

type Json = Readonly<Record<string, unknown>>;

/** The names under which loggers put all fields of a line: pino's `nestedKey`. They are known by the records of requests, calls and errors. */
export function nestedKeys(lines: readonly StoryLine[]): Set<string> {
  const names = new Set<string>();
  for (const { record, exchange, error } of lines) {
    if (typeof record === 'string' || (exchange === undefined && error === undefined)) continue;
    for (const [name, value] of Object.entries(record)) {
      if (!DESCRIBING.includes(name) && isObject(value) && DESCRIBING.some((field) => Object.hasOwn(value, field))) names.add(name);
    }
  }
  return names;
}

/** A record with the fields under these names in their place. */
export function unnested(record: Json, names: ReadonlySet<string>): Json {
  if (names.size === 0) return record;
  const fields = Object.entries(record).flatMap(([name, value]) => (names.has(name) && isObject(value) ? Object.entries(value).filter(([inner]) => !Object.hasOwn(record, inner)) : [[name, value] as const]));
  return Object.fromEntries(fields); // defines own properties, so `__proto__` stays an ordinary name
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

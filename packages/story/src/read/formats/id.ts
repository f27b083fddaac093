import type { ParseOptions } from '../options';
import { field, isObject, layersOf } from './fields';
import type { Json } from './fields';

/** Fields that usually hold an ID, the most specific first. */
export const ID_KEYS: readonly string[] = [
  'correlation_id', 'correlation.id', 'correlationId', 'correlation-id', 'Correlation-Id', 'CorrelationId', 'x-correlation-id',
  'X-Correlation-Id', 'resp_headers.Correlation-Id', 'http.request.id', 'request_id', 'requestId', 'x-request-id', 'X-Request-Id',
];
/** Objects whose fields never belong to the line itself. */
export const NAMED: ReadonlySet<string> = new Set(['req', 'res', 'request', 'response', 'err', 'error', 'headers', 'resp_headers']);

/** The ID in its field: text, a number, or the first item of a list, as in Caddy's headers. */
export function idOf(record: Json, { key }: ParseOptions = {}): string | undefined {
  for (const layer of layersOf(record, NAMED)) {
    for (const name of key === undefined ? ID_KEYS : [key, ...ID_KEYS]) {
      const id = asId(field(layer, name));
      if (id !== undefined) return id;
    }
  }
  return undefined;
}

/** True if any of the ID fields has this value; a line can have several. */
export function hasId(record: Json, id: string, { key }: ParseOptions = {}): boolean {
  const names = key === undefined ? ID_KEYS : [key, ...ID_KEYS];
  return layersOf(record, NAMED).some((layer) => names.some((name) => asId(field(layer, name)) === id));
}

function asId(value: unknown): string | undefined {
  const one = Array.isArray(value) ? (value as unknown[])[0] : value;
  if (typeof one === 'string' && one !== '') return one;
  return typeof one === 'number' && !isObject(one) ? String(one) : undefined;
}

import type { Field, RecordFields } from './record-fields';

/** True if an object has its own value under that name; if reading it throws, false. */
export function has(record: object, name: string): boolean {
  try {
    return name in record && Object.hasOwn(record, name) && (record as Record<string, unknown>)[name] !== undefined;
  } catch {
    return false; // a Proxy or getter that throws
  }
}

/**
 * The record with the missing fields. The record itself belongs to the application and is not changed: if it were logged again in
 * another request, it would have the first request's ID.
 */
export function stampedRecord(record: object, fields: RecordFields): object {
  const missing = fields.missing((name) => has(record, name));
  if (missing.length === 0) return record;
  try {
    return isPlain(record) ? withFields({ ...record }, missing) : overlaid(record, missing);
  } catch {
    return record; // it cannot be copied
  }
}

function isPlain(record: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(record);
  return prototype === Object.prototype || prototype === null;
}

/** Overlays an error or another class instance with the fields; a copy would lack its private members. */
function overlaid(record: object, missing: readonly Field[]): object {
  if (!Object.isExtensible(record)) return record; // nothing can be added to it, not even through a Proxy
  const fields = new Map<PropertyKey, unknown>(missing);
  return new Proxy(record, {
    has: (target, name) => fields.has(name) || Reflect.has(target, name),
    ownKeys: (target) => [...new Set([...Reflect.ownKeys(target), ...missing.map(([name]) => name)])],
    getOwnPropertyDescriptor: (target, name) =>
      fields.has(name) ? { value: fields.get(name), writable: true, enumerable: true, configurable: true } : Reflect.getOwnPropertyDescriptor(target, name),
    get(target, name) {
      if (fields.has(name)) return fields.get(name);
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || name === 'constructor' || Object.hasOwn(target, name)) return value;
      const method = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
      return name === 'toJSON' ? (...args: unknown[]) => jsonWithFields(method(...args), missing) : method;
    },
    set: (target, name, value) => (fields.has(name) ? fields.set(name, value) !== undefined : Reflect.set(target, name, value)),
  });
}

function withFields(copy: Record<string, unknown>, fields: readonly Field[]): object {
  for (const [name, value] of fields) copy[name] = value;
  return copy;
}

/** The JSON form of an object, with the fields that it lacks. */
function jsonWithFields(json: unknown, missing: readonly Field[]): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  return withFields({ ...json }, missing.filter(([name]) => !has(json, name)));
}

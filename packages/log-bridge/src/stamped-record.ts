import type { Field, RecordFields } from './record-fields';

/** True where an object has a value of its own under that name; whatever looking at it throws counts as no. */
export function has(record: object, name: string): boolean {
  try {
    return name in record && Object.hasOwn(record, name) && (record as Record<string, unknown>)[name] !== undefined;
  } catch {
    return false; // a Proxy, or a getter, that does not want to be looked at
  }
}

/**
 * The record with the fields that it lacks. The record itself is the application's and stays as it is: logged a second time,
 * in another request, it would have the first one's ID.
 */
export function stampedRecord(record: object, fields: RecordFields): object {
  const missing = fields.missing((name) => has(record, name));
  if (missing.length === 0) return record;
  try {
    return isPlain(record) ? { ...record, ...Object.fromEntries(missing) } : overlaid(record, missing);
  } catch {
    return record; // it cannot even be copied
  }
}

function isPlain(record: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(record);
  return prototype === Object.prototype || prototype === null;
}

/** An error, or an instance of whatever class, as if it had the fields: a copy would lack its private members. */
function overlaid(record: object, missing: readonly Field[]): object {
  if (!Object.isExtensible(record)) return record; // nothing can be added to it, by a Proxy neither
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
      return name === 'toJSON' ? (...args: unknown[]) => withFields(method(...args), missing) : method;
    },
    set: (target, name, value) => (fields.has(name) ? fields.set(name, value) !== undefined : Reflect.set(target, name, value)),
  });
}

/** What an object gives for its JSON, with the fields where that has none of them. */
function withFields(json: unknown, missing: readonly Field[]): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  return { ...json, ...Object.fromEntries(missing.filter(([name]) => !has(json, name))) };
}

/** A parsed line. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text as JSON; `undefined` if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A field by name. Dotted names match either a key with dots or nested objects: `http.request.id`. */
export function field(record: Json, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path]; // own properties only, so that `__proto__` and `constructor` are ordinary names
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(record, path.slice(0, dot)) ? record[path.slice(0, dot)] : undefined;
    if (isObject(inner)) {
      const found = field(inner, path.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The first of these fields that has a value. */
export function firstOf(record: Json, paths: readonly string[]): unknown {
  for (const path of paths) {
    const found = field(record, path);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

export function textOf(record: Json, ...paths: string[]): string | undefined {
  for (const path of paths) {
    const found = field(record, path);
    if (typeof found === 'string' && found !== '') return found;
  }
  return undefined;
}

export function numberOf(record: Json, ...paths: string[]): number | undefined {
  for (const path of paths) {
    const found = field(record, path);
    const value = typeof found === 'string' && /^-?\d+(\.\d+)?$/.test(found) ? Number(found) : found;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return undefined;
}

/** The parsed line, and the nested objects that may hold its fields: pino's `nestedKey`, winston's `metadata`. */
export function layersOf(record: Json, named: ReadonlySet<string>): Json[] {
  const layers = [record];
  for (const [name, value] of Object.entries(record)) if (isObject(value) && !named.has(name) && layers.length < 4) layers.push(value);
  return layers;
}

/** An object with these entries as own properties, whatever their names. */
export function jsonOf(entries: Iterable<readonly [string, unknown]>): Json {
  return Object.fromEntries(entries); // defines own properties, so `__proto__` stays an ordinary name
}

/** True if objects and lists nest so deep that a recursive walk could overflow the stack. */
export function tooDeep(value: unknown, most = 100): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (most === 0) return true;
  return Object.values(value).some((inner) => tooDeep(inner, most - 1));
}

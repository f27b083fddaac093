/** A parsed line. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field by its name, dotted where it is nested: `http.request.id` is found under that very key, and as objects in one another. */
export function field(record: Json, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path]; // own ones only: a `__proto__` or `constructor` in a line is a name like any other
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(record, path.slice(0, dot)) ? record[path.slice(0, dot)] : undefined;
    if (isObject(inner)) {
      const found = field(inner, path.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The first of the fields that has a value. */
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

/** The line as it is parsed, and the objects in it that may hold what others have at the top: pino's `nestedKey`, winston's `metadata`. */
export function layersOf(record: Json, named: ReadonlySet<string>): Json[] {
  const layers = [record];
  for (const [name, value] of Object.entries(record)) if (isObject(value) && !named.has(name) && layers.length < 4) layers.push(value);
  return layers;
}

/** An object with these entries of its own, whatever their names are. */
export function jsonOf(entries: Iterable<readonly [string, unknown]>): Json {
  return Object.fromEntries(entries); // defines, and so a `__proto__` stays a name
}

/** True where objects and lists nest so deep that whoever walks the value may run out of stack. */
export function tooDeep(value: unknown, most = 100): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (most === 0) return true;
  return Object.values(value).some((inner) => tooDeep(inner, most - 1));
}

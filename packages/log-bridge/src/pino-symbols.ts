/** A logger, or the prototype of all loggers of one copy of pino; its members have symbol keys. */
export type Logger = Record<symbol, unknown>;

/** Finds a symbol by its description, which a minified bundle keeps, on an object or its prototypes. */
export function symbolOf(holder: unknown, description: string): symbol | undefined {
  for (let at = holder as object | null; at !== null && typeof at === 'object'; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertySymbols(at).find((symbol) => symbol.description === description);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The prototype that all loggers of one copy of pino share: the last one with `asJson` as its own property. dd-trace gives one to each logger. */
export function prototypeOf(logger: unknown): Logger | undefined {
  const asJson = symbolOf(logger, 'pino.asJson');
  if (asJson === undefined) return undefined;
  let found: object | undefined;
  for (let at = logger as object | null; at !== null; at = Object.getPrototypeOf(at) as object | null) if (Object.hasOwn(at, asJson)) found = at;
  return found as Logger | undefined;
}

/** The symbols of one copy of pino that a stamp needs; a missing one is replaced by an unused symbol. */
export type Symbols = Record<'nestedKey' | 'bindings' | 'mixin' | 'stringifiers', symbol>;

export function symbolsOf(logger: Logger): Symbols {
  const absent = Symbol('absent');
  const named = (description: string): symbol => symbolOf(logger, description) ?? absent;
  return {
    nestedKey: named('pino.nestedKey'),
    bindings: named('pino.chindings'),
    mixin: named('pino.mixin'),
    stringifiers: named('pino.stringifiers'),
  };
}

/** True if the members of an object, given as JSON after a comma, contain the key at the top level. */
export function hasKey(members: string, key: string): boolean {
  if (!members.includes(JSON.stringify(key))) return false;
  try {
    return Object.hasOwn(JSON.parse(`{${members.slice(1)}}`) as object, key);
  } catch {
    return false; // not one object: pino is configured to write something else
  }
}

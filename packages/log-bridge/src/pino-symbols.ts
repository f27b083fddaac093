/** A logger, or the prototype of all loggers of one copy of pino; its members are under symbols. */
export type Logger = Record<symbol, unknown>;

/** Finds a symbol by its description, which a minified bundle keeps too, on an object or what it inherits from. */
export function symbolOf(holder: unknown, description: string): symbol | undefined {
  for (let at = holder as object | null; at !== null && typeof at === 'object'; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertySymbols(at).find((symbol) => symbol.description === description);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The prototype that all loggers of one copy of pino share: the one with `asJson` as its own. */
export function prototypeOf(logger: unknown): Logger | undefined {
  const asJson = symbolOf(logger, 'pino.asJson');
  if (asJson === undefined) return undefined;
  let at = logger as object;
  while (!Object.hasOwn(at, asJson)) at = Object.getPrototypeOf(at) as object;
  return at as Logger;
}

/** The symbols of one copy of pino that a stamp needs; those that it lacks belong to nothing. */
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

/** True when the members of an object, given as JSON behind a comma, have the key themselves, and not only inside of one. */
export function hasKey(members: string, key: string): boolean {
  if (!members.includes(JSON.stringify(key))) return false;
  try {
    return Object.hasOwn(JSON.parse(`{${members.slice(1)}}`) as object, key);
  } catch {
    return false; // not one object: pino was told to write something else
  }
}

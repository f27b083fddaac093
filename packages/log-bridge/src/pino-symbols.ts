/** A logger, or the prototype of all loggers of one copy of pino; its members have symbol keys. */
export type Logger = Record<symbol, unknown>;

/** The symbol found last for each description. A process usually has one copy of pino, and a framework makes a logger for each request. */
const found = new Map<string, symbol>();

/** Finds a symbol by its description, which a minified bundle keeps, on an object or its prototypes. */
export function symbolOf(holder: unknown, description: string): symbol | undefined {
  if (holder === null || typeof holder !== 'object') return undefined;
  const last = found.get(description);
  if (last !== undefined && last in holder) return last;
  for (let at = holder as object | null; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const symbol = Object.getOwnPropertySymbols(at).find((each) => each.description === description);
    if (symbol === undefined) continue;
    found.set(description, symbol);
    return symbol;
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

/** Beginnings of members, by key: few, and each is looked for in the bindings of each request's logger. */
const beginnings = new Map<string, string>();

/** True if the members of an object, given as JSON with a comma before each, contain the key at the top level. */
export function hasKey(members: string, key: string): boolean {
  let beginning = beginnings.get(key);
  if (beginning === undefined) beginnings.set(key, (beginning = `,${JSON.stringify(key)}:`));
  const at = members.indexOf(beginning);
  if (at === -1) return false;
  const nested = members.indexOf('{');
  if (nested === -1 || at < nested) return true;
  try {
    return Object.hasOwn(JSON.parse(`{${members.slice(1)}}`) as object, key);
  } catch {
    return false; // not one object: pino is configured to write something else
  }
}

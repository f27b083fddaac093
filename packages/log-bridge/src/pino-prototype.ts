import { getCorrelationId } from '@corr/propagator';
import { isCorrelationMixin } from './correlation-mixin';
import type { FieldOptions } from './correlation-mixin';

/** A logger, or the prototype of all loggers of one copy of pino; its members are under symbols. */
export type Logger = Record<symbol, unknown>;

type AsJson = (this: Logger, record: unknown, message: unknown, level: number, time: string) => string;
type Redact = (value: unknown) => string | undefined;
type Redactions = Record<string | symbol, Redact | undefined>;

const STAMPED = Symbol.for('@corr/log-bridge.stamped');

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

/** What makes the field of one logger's next record; an empty string where the record is not to be stamped. */
export type Fragment = (logger: Logger, record: unknown) => string;

/**
 * Builds the fragment maker for one copy of pino.
 *
 * A record that has the key already, be it from the logged object, the bindings or our mixin, is the application's.
 */
export function fragmentMaker({ key, internal }: Required<FieldOptions>): Fragment {
  const name = `,${JSON.stringify(key)}:`;
  const isTheirs = ownerOf(key);
  let symbols: Symbols | undefined;
  let lastValue: string | undefined;
  let lastFragment = '';
  // Of the logger seen last: mostly one logger writes many lines in a row, and only its bindings ever change.
  let last: Logger | undefined;
  let mixed = false;
  let lastRedactions: unknown;
  let redact: Redact | undefined;

  const meet = (logger: Logger, { nestedKey, mixin, stringifiers }: Symbols): void => {
    last = logger;
    mixed = isCorrelationMixin(logger[mixin]);
    const redactions = logger[stringifiers];
    if (redactions !== lastRedactions) {
      lastRedactions = redactions;
      redact = redactionOf(redactions as Redactions | undefined, key);
    }
    // A logger that `pino()` itself made is an object of V8's slow kind. As somebody's prototype it becomes a fast one,
    // which makes up for what the stamp costs.
    if (Object.hasOwn(logger, nestedKey)) Object.create(logger);
  };

  return (logger, record) => {
    const value = getCorrelationId() ?? internal;
    if (value === null) return '';
    symbols ??= symbolsOf(logger);
    if (logger !== last) meet(logger, symbols);
    if (mixed || isTheirs(logger, record)) return '';

    if (redact !== undefined) {
      const redacted = redact(value);
      return redacted === undefined ? '' : name + redacted;
    }
    if (value !== lastValue) {
      lastValue = value;
      lastFragment = name + JSON.stringify(value);
    }
    return lastFragment;
  };
}

/** Builds, for one copy of pino, the answer to whether a record has a key already, from the logged object or the bindings. */
export function ownerOf(key: string): (logger: Logger, record: unknown) => boolean {
  let symbols: Symbols | undefined;
  // Of the logger seen last: mostly one logger writes many lines in a row.
  let lastBindings: unknown;
  let bound = false;

  return (logger, record) => {
    symbols ??= symbolsOf(logger);
    if (record !== null && typeof record === 'object' && key in record && !logger[symbols.nestedKey]) {
      if (Object.hasOwn(record, key) && (record as Record<string, unknown>)[key] !== undefined) return true;
    }
    const bindings = logger[symbols.bindings];
    if (bindings !== lastBindings) {
      lastBindings = bindings;
      bound = typeof bindings === 'string' && hasKey(bindings, key);
    }
    return bound;
  };
}

/** True when the members of an object, given as JSON behind a comma, have the key themselves, and not only inside of one. */
function hasKey(members: string, key: string): boolean {
  if (!members.includes(JSON.stringify(key))) return false;
  try {
    return Object.hasOwn(JSON.parse(`{${members.slice(1)}}`) as object, key);
  } catch {
    return false; // not one object: pino was told to write something else
  }
}

function redactionOf(redactions: Redactions | undefined, key: string): Redact | undefined {
  if (redactions === undefined) return undefined;
  const wildcard = symbolOf(redactions, 'pino.wildcardFirst');
  return (Object.hasOwn(redactions, key) ? redactions[key] : undefined) ?? (wildcard === undefined ? undefined : redactions[wildcard]);
}

type Symbols = Record<'nestedKey' | 'bindings' | 'mixin' | 'stringifiers', symbol>;

function symbolsOf(logger: Logger): Symbols {
  const absent = Symbol('absent');
  const named = (description: string): symbol => symbolOf(logger, description) ?? absent;
  return {
    nestedKey: named('pino.nestedKey'),
    bindings: named('pino.chindings'),
    mixin: named('pino.mixin'),
    stringifiers: named('pino.stringifiers'),
  };
}

/**
 * Stamps every record of all loggers of one copy of pino; returns its undo, `undefined` where that copy is stamped already.
 *
 * `asJson(record, message, level, time)` starts a line with level and `time` in pino 8, 9 and 10, so a field appended to
 * `time` costs one concatenation, stays at the top level under `nestedKey`, and touches no object of the application's.
 */
export function stampPrototype(prototype: Logger, fragment: Fragment): (() => void) | undefined {
  const symbol = symbolOf(prototype, 'pino.asJson');
  if (symbol === undefined || prototype[STAMPED] === true) return undefined;
  const original = prototype[symbol] as AsJson;
  let formatters: symbol | undefined;
  let last: Logger | undefined;
  let formats = false;
  let active = true;
  const meet = (logger: Logger): void => {
    last = logger;
    formatters ??= symbolOf(logger, 'pino.formatters');
    formats = formatters !== undefined && (logger[formatters] as { log?: unknown }).log !== undefined;
  };
  const stamped: AsJson = function (record, message, level, time) {
    if (!active) return original.call(this, record, message, level, time);
    const fields = fragment(this, record);
    const line = original.call(this, record, message, level, time + fields);
    if (this !== last) meet(this);
    return formats && fields !== '' ? withoutTwins(line, fields) : line;
  };
  prototype[symbol] = stamped;
  prototype[STAMPED] = true;
  return () => {
    active = false;
    if (prototype[symbol] === stamped) prototype[symbol] = original; // else somebody wrapped us, and we only pass through
    delete prototype[STAMPED];
  };
}

/** A line without those of our fields that the logger's own formatter gave the record too, after our look at it. */
function withoutTwins(line: string, fields: string): string {
  const at = line.indexOf(fields);
  const [before, after] = [line.slice(0, at), line.slice(at + fields.length)];
  const ours = Object.entries(JSON.parse(`{${fields.slice(1)}}`) as object);
  const kept = ours.filter(([key]) => !hasKey((before + after).trimEnd().slice(0, -1), key));
  return kept.length === ours.length ? line : before + kept.map(([key, value]) => `,${JSON.stringify(key)}:${JSON.stringify(value)}`).join('') + after;
}

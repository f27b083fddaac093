import { getCorrelationId } from '@corr/propagator';
import { activeContext, hopOf, idOf, shared } from '@corr/propagator/internal';
import { isCorrelationMixin } from './correlation-mixin';
import type { FieldOptions } from './correlation-mixin';
import { MEMBERS, pinoLines } from './pino-record';
import { hasKey, symbolOf, symbolsOf } from './pino-symbols';
import type { Logger, Symbols } from './pino-symbols';
import type { RecordFields } from './record-fields';
import { has } from './stamped-record';

type Redact = (value: unknown) => string | undefined;
type Redactions = Record<string | symbol, Redact | undefined>;

/** Returns the fields for a logger's next record, as JSON after a comma; an empty string if the record already has them all. */
export type Fragment = (logger: Logger, record: unknown, text: unknown) => string;

/** Creates that function for one copy of pino. */
export function fragmentMaker(fields: RecordFields): Fragment {
  const idFragment = idFragmentMaker(fields.id);
  const hopFragment = hopFragmentMaker(fields.id);
  const rest = fields.behind.map((source) => ({ source, isTheirs: ownerOf(source.names[0]) }));
  return (logger, record, text) => {
    let fragment: string;
    if (!shared.settings.hops && !shared.hopping) fragment = idFragment(logger, record, getCorrelationId());
    else {
      const context = activeContext();
      const hop = context === undefined ? undefined : hopOf(context);
      if (shared.settings.hops && !pinoLines.isOurs) pinoLines.seen?.(logger, record, hop, text);
      fragment = idFragment(logger, record, context === undefined ? undefined : idOf(context));
      if (hop !== undefined) fragment += hopFragment(logger, record, hop.number);
    }
    for (const { source, isTheirs } of rest) {
      const found = source.now();
      if (found.length === 0 || isTheirs(logger, record)) continue;
      for (const [name, value] of found) fragment += `,${quoted(name)}:${quoted(value)}`;
    }
    return pinoLines.isOurs ? fragment + ((record as { [MEMBERS]?: string } | null | undefined)?.[MEMBERS] ?? '') : fragment;
  };
}

/** Returns one field, whose value is already known. */
type FieldFragment = (logger: Logger, record: unknown, value: string | undefined) => string;

/** The field of the hop, which follows the ID. */
function hopFragmentMaker({ hopKey }: Required<FieldOptions>): FieldFragment {
  const name = `,${JSON.stringify(hopKey)}:`;
  const isTheirs = ownerOf(hopKey);
  let symbols: Symbols | undefined;
  let lastRedactions: unknown;
  let redact: Redact | undefined;
  return (logger, record, value) => {
    symbols ??= symbolsOf(logger);
    if (isCorrelationMixin(logger[symbols.mixin]) || isTheirs(logger, record)) return '';
    const redactions = logger[symbols.stringifiers];
    if (redactions !== lastRedactions) {
      lastRedactions = redactions;
      redact = redactionOf(redactions as Redactions | undefined, hopKey);
    }
    if (redact === undefined) return `${name}"${value}"`;
    const redacted = redact(value);
    return redacted === undefined ? '' : name + redacted;
  };
}

const PLAIN = /^[\w.:/-]*$/;

/** A text as JSON. Most texts have nothing to escape. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? '"' + text + '"' : JSON.stringify(text);
}

/**
 * The field of the ID. Every line of every process has it, so this code is written for speed.
 *
 * If the logged object, the bindings or our mixin already provide the key, their value stays.
 */
function idFragmentMaker({ key, internal }: Required<FieldOptions>): FieldFragment {
  const name = `,${JSON.stringify(key)}:`;
  const isTheirs = ownerOf(key);
  let symbols: Symbols | undefined;
  let lastValue: string | undefined;
  let lastFragment = '';
  // Values of the last logger: usually one logger writes many lines in a row, and only its bindings ever change.
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
    // V8 keeps the properties of a logger that `pino()` itself created in slow form. Using the logger as a prototype makes them
    // fast, which saves as much as the stamp costs.
    if (Object.hasOwn(logger, nestedKey)) Object.create(logger);
  };

  return (logger, record, id) => {
    const value = id ?? internal;
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
      lastFragment = name + quoted(value);
    }
    return lastFragment;
  };
}

/** Creates, for one copy of pino, a function that tells whether the logged object or the bindings already provide a key. */
function ownerOf(key: string): (logger: Logger, record: unknown) => boolean {
  let symbols: Symbols | undefined;
  // Values of the last logger: usually one logger writes many lines in a row.
  let lastBindings: unknown;
  let bound = false;

  return (logger, record) => {
    symbols ??= symbolsOf(logger);
    if (record !== null && typeof record === 'object' && !logger[symbols.nestedKey] && has(record, key)) return true;
    const bindings = logger[symbols.bindings];
    if (bindings !== lastBindings) {
      lastBindings = bindings;
      bound = typeof bindings === 'string' && hasKey(bindings, key);
    }
    return bound;
  };
}

function redactionOf(redactions: Redactions | undefined, key: string): Redact | undefined {
  if (redactions === undefined) return undefined;
  const wildcard = symbolOf(redactions, 'pino.wildcardFirst');
  return (Object.hasOwn(redactions, key) ? redactions[key] : undefined) ?? (wildcard === undefined ? undefined : redactions[wildcard]);
}

import { getCorrelationId } from '@corr/propagator';
import { activeHop, shared, show } from '@corr/propagator/internal';
import { isClaimed } from './claim';
import { pinoLines } from './pino-record';
import { prototypeOf } from './pino-symbols';

/** A pino mixin, as declared in pino's options. */
export type Mixin = (mergeObject: object, level: number, logger: never) => object;

/** Names and values of the fields that a stamped record gets. */
export interface FieldOptions {
  /** Name of the field that has the ID. Default `correlation_id`. */
  key?: string;
  /** Value of that field outside a request. `null`: leave the field out. Default `Internal`. */
  internal?: string | null;
  /** Name of the field that has the hop. It is written only if hops are on. Default `hop`. */
  hopKey?: string;
}

/** Options of `correlationMixin`. */
export interface CorrelationMixinOptions extends FieldOptions {
  /** Another mixin of the logger, which is called too. Its fields win. Default none. */
  mixin?: Mixin;
}

const OURS = Symbol.for('@corr/log-bridge.mixin');

/**
 * Creates a mixin that adds the active ID to every record of one logger: `pino({ mixin: correlationMixin() })`.
 *
 * Errors: throws a `TypeError` that names the option, the value and what was expected.
 */
export function correlationMixin(options: CorrelationMixinOptions = {}): (mergeObject: object, level: number, logger: unknown) => object {
  const { key, internal, hopKey } = checkedField(options);
  const { mixin: own } = options;
  if (own !== undefined && typeof own !== 'function') throw new TypeError(`mixin: ${show(own)} - expected a function`);

  // A new object each time, because pino merges the logged object into it.
  const field = (record: unknown, logger: unknown): Record<string, unknown> => {
    const id = getCorrelationId() ?? internal;
    const hop = activeHop();
    if (shared.settings.hops && !pinoLines.isOurs && isUnstamped(logger)) pinoLines.seen?.(logger, record, hop);
    if (hop !== undefined) return { [key]: id, [hopKey]: hop.number };
    return id === null ? {} : { [key]: id };
  };
  const mixin = (mergeObject: object, level: number, logger: unknown): object => {
    const fields = field(mergeObject, logger);
    return own === undefined ? fields : Object.assign(fields, own(mergeObject, level, logger as never));
  };
  return Object.assign(mixin, { [OURS]: true });
}

/** True if only this mixin adds fields to the logger's lines. */
function isUnstamped(logger: unknown): logger is object {
  const prototype = prototypeOf(logger);
  return prototype !== undefined && !isClaimed(prototype);
}

/** True if any copy of this package created the mixin. */
export function isCorrelationMixin(mixin: unknown): boolean {
  return typeof mixin === 'function' && OURS in mixin;
}

/** Keys that loggers, their usual bindings or trace fields use. Under such a key, our field would appear twice on a line, or never. */
const WRITTEN = new Set(
  'level time timestamp @timestamp msg message pid hostname name v err error stack req res responseTime call start firstByte trace_id span_id trace_flags __proto__'.split(' '),
);

/** Checks the options of a field and adds the defaults. */
export function checkedField({ key = 'correlation_id', internal = 'Internal', hopKey = 'hop' }: FieldOptions): Required<FieldOptions> {
  checkKey('key', key);
  checkKey('hopKey', hopKey);
  if (key === hopKey) throw new TypeError(`hopKey: ${show(hopKey)} - expected a key other than that of the ID`);
  if (internal !== null && (typeof internal !== 'string' || internal === '')) {
    throw new TypeError(`internal: ${show(internal)} - expected a non-empty string or null`);
  }
  return { key, internal, hopKey };
}

function checkKey(option: string, key: unknown): void {
  if (typeof key !== 'string' || key === '') throw new TypeError(`${option}: ${show(key)} - expected a non-empty string`);
  if (WRITTEN.has(key)) throw new TypeError(`${option}: ${show(key)} - expected a key that is none of ${[...WRITTEN].join(', ')}`);
}

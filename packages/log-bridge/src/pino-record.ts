import { hasKey } from './pino-fragment';
import { prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** Writes one record; nothing where its logger has no such level. */
export type WriteRecord = (level: 'info' | 'warn', record: object, message: string) => void;

/** The logger that `pino()` itself made, of which this one is a child; `undefined` for a logger of somebody else's. */
export function rootLogger(logger: unknown): object | undefined {
  const stream = symbolOf(logger, 'pino.stream');
  if (stream === undefined || prototypeOf(logger) === undefined) return undefined;
  let at = logger as object;
  while (!Object.hasOwn(at, stream)) at = Object.getPrototypeOf(at) as object;
  return at;
}

/**
 * Writes records of ours through a logger: its level, base, formatters, redaction, transports and streams apply. Its serializers
 * do not, since they expect messages of Node. Where its own bindings have one of the record's keys, its parent is taken.
 *
 * No child is made of it: an application can have itself told of those.
 */
export function recordWriter(logger: object, keys: readonly string[]): WriteRecord {
  let at = logger as Logger;
  while (at !== rootLogger(at) && isBound(at, ...keys)) at = Object.getPrototypeOf(at) as Logger;

  const serializers = symbolOf(at, 'pino.serializers');
  const plain = Object.fromEntries(keys.map((key) => [key, (value: unknown) => value]));
  const value = serializers === undefined ? undefined : (Object.assign(Object.create(null), at[serializers], plain) as object);
  const writer = Object.create(at, serializers === undefined ? {} : { [serializers]: { value } }) as Record<string, unknown>;
  return (level, record, message) => {
    const write = writer[level];
    if (typeof write === 'function') Reflect.apply(write, writer, [record, message]);
  };
}

/** True where a logger's bindings have one of these keys. */
export function isBound(logger: object, ...keys: readonly string[]): boolean {
  const symbol = symbolOf(logger, 'pino.chindings');
  const bindings = symbol === undefined ? undefined : (logger as Logger)[symbol];
  return typeof bindings === 'string' && keys.some((key) => hasKey(bindings, key));
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import path from 'node:path';
import { checkedField } from './correlation-mixin';
import type { FieldOptions } from './correlation-mixin';
import { onModuleLoad } from './module-load';
import { fragmentMaker, prototypeOf, stampPrototype, symbolOf } from './pino-prototype';
import type { Fragment, Logger } from './pino-prototype';
import { spanFragmentMaker } from './span-fragment';

/** What pino publishes around a record, from 9.10 on. */
interface AsJsonMessage {
  instance: Logger;
  arguments: ArrayLike<unknown>;
}

// A subscriber doubles the cost of a line, so it stays only for as long as an inlined pino is likely to show up.
const LINES_WATCHED = 1000;

/**
 * Stamps every record of every pino logger of this process, with no change to the loggers. Returns its undo.
 *
 * Errors: throws a `TypeError` that names option, value and expectation.
 */
export function stampPino(options: FieldOptions = {}): () => void {
  const field = checkedField(options);
  return stampRecords(() => fragmentMaker(field));
}

/** The same with the fields of the active span besides, as `@opentelemetry/instrumentation-pino` names them. */
export function stampPinoWithSpans(options: FieldOptions = {}): () => void {
  const field = checkedField(options);
  return stampRecords(() => {
    const fragment = fragmentMaker(field);
    const spanFragment = spanFragmentMaker();
    return (logger, record) => fragment(logger, record) + spanFragment(logger, record);
  });
}

function stampRecords(makeFragment: () => Fragment): () => void {
  const undo: (() => void)[] = [];
  let stopped = false;

  const meet = (prototype: Logger | undefined): Fragment | undefined => {
    if (prototype === undefined || stopped) return undefined;
    const fragment = makeFragment();
    const undoOne = stampPrototype(prototype, fragment);
    if (undoOne === undefined) return undefined;
    undo.push(undoOne);
    return fragment;
  };

  undo.push(
    onModuleLoad((filename, module) => {
      if (isPinoPrototype(filename, module)) meet(prototypeOf((module.exports as () => unknown)()));
    }),
    onFirstLines(meet),
  );
  return () => {
    stopped = true;
    for (const undoOne of undo.splice(0).reverse()) undoOne();
  };
}

/** True for `pino/lib/proto.js`: a factory, with the symbols of pino beside it. A hook of `require` may hide whose child they are. */
function isPinoPrototype(filename: string, { exports }: { exports: unknown }): boolean {
  if (typeof exports !== 'function' || path.basename(filename) !== 'proto.js') return false;
  const symbols = require.cache[path.join(path.dirname(filename), 'symbols.js')]?.exports as { asJsonSym?: unknown } | undefined;
  return typeof symbols?.asJsonSym === 'symbol';
}

/** Meets a pino that no loader loads, since it is inlined in a bundle, on the first line it writes. */
function onFirstLines(meet: (prototype: Logger | undefined) => Fragment | undefined): () => void {
  const borrowed = new WeakMap<object, () => void>();
  let left = LINES_WATCHED;

  const start = (message: unknown): void => {
    try {
      const { instance, arguments: args } = message as AsJsonMessage;
      const fragment = meet(prototypeOf(instance));
      if (--left <= 0) return stop();
      const bindings = symbolOf(instance, 'pino.chindings');
      if (fragment === undefined || bindings === undefined) return;
      // The line under way has passed the place that is stamped from now on, so its bindings carry the field, for that line.
      const own = Object.getOwnPropertyDescriptor(instance, bindings);
      instance[bindings] = `${String(instance[bindings])}${fragment(instance, args[0])}`;
      borrowed.set(message as object, () => {
        if (own === undefined) delete instance[bindings];
        else Object.defineProperty(instance, bindings, own);
      });
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  const end = (message: unknown): void => borrowed.get(message as object)?.();
  const stop = (): void => {
    unsubscribe('tracing:pino_asJson:start', start);
    unsubscribe('tracing:pino_asJson:end', end);
  };
  subscribe('tracing:pino_asJson:start', start);
  subscribe('tracing:pino_asJson:end', end);
  return stop;
}

import path from 'node:path';
import type { FieldOptions } from './correlation-mixin';
import { onModuleLoad } from './module-load';
import { onInlinedPino } from './inlined-pino';
import { fragmentMaker } from './pino-fragment';
import type { Fragment } from './pino-fragment';
import { stampPrototype } from './pino-prototype';
import { prototypeOf } from './pino-symbols';
import type { Logger } from './pino-symbols';
import { RecordFields } from './record-fields';

/**
 * Stamps every record of every pino logger of this process, with no change to the loggers. Returns its undo.
 *
 * Errors: throws a `TypeError` that names option, value and expectation.
 */
export function stampPino(options: FieldOptions = {}): () => void {
  return stampPinoWith(new RecordFields(options));
}

/** The same with whatever fields. */
export function stampPinoWith(fields: RecordFields): () => void {
  const undo: (() => void)[] = [];
  let stopped = false;

  const meet = (prototype: Logger | undefined): Fragment | undefined => {
    if (prototype === undefined || stopped) return undefined;
    const fragment = fragmentMaker(fields);
    const undoOne = stampPrototype(prototype, fragment);
    if (undoOne === undefined) return undefined;
    undo.push(undoOne);
    return fragment;
  };

  undo.push(
    onModuleLoad((filename, module) => {
      if (isPinoPrototype(filename, module)) meet(prototypeOf((module.exports as () => unknown)()));
    }),
    onInlinedPino(meet),
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

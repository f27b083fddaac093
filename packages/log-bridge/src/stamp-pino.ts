import path = require('node:path');
import type { Met } from './adapter';
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
 * Stamps every record of every pino logger of this process, without changes to the loggers. Returns its undo.
 *
 * Errors: throws a `TypeError` that names the option, the value and what was expected.
 */
export function stampPino(options: FieldOptions = {}): () => void {
  return stampPinoWith(new RecordFields(options));
}

/** The same, with any fields and a callback for each copy of pino that is found. */
export function stampPinoWith(fields: RecordFields, met?: Met): () => void {
  const undo: (() => void)[] = [];
  let stopped = false;

  const meet = (prototype: Logger | undefined, filename?: string): Fragment | undefined => {
    if (prototype === undefined || stopped) return undefined;
    const fragment = fragmentMaker(fields);
    const undoOne = stampPrototype(prototype, fragment);
    if (undoOne !== undefined || filename !== undefined) met?.('pino', filename, undoOne === undefined ? 'stamped already' : 'stamped');
    if (undoOne === undefined) return undefined;
    undo.push(undoOne);
    return fragment;
  };

  undo.push(
    onModuleLoad((filename, module) => {
      if (isPinoPrototype(filename, module)) meet(prototypeOf((module.exports as () => unknown)()), filename);
    }),
    onInlinedPino((prototype) => meet(prototype)),
  );
  return () => {
    stopped = true;
    for (const undoOne of undo.splice(0).reverse()) undoOne();
  };
}

/** True for `pino/lib/proto.js`: a factory, with pino's symbols beside it. A `require` hook may hide its parent module. */
function isPinoPrototype(filename: string, { exports }: { exports: unknown }): boolean {
  if (typeof exports !== 'function' || path.basename(filename) !== 'proto.js') return false;
  const symbols = require.cache[path.join(path.dirname(filename), 'symbols.js')]?.exports as { asJsonSym?: unknown } | undefined;
  return typeof symbols?.asJsonSym === 'symbol';
}

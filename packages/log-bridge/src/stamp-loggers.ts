import { show } from '@corr/propagator/internal';
import type { Adapter, Met } from './adapter';
import { bunyan } from './bunyan';
import { consola } from './consola';
import type { FieldOptions } from './correlation-mixin';
import { log4jsEvents, log4jsLayouts } from './log4js';
import { onModuleLoad } from './module-load';
import { fragmentMaker } from './pino-fragment';
import { stampPrototype } from './pino-prototype';
import { prototypeOf } from './pino-symbols';
import { RecordFields } from './record-fields';
import type { FieldSource } from './record-fields';
import { stampConsole } from './stamp-console';
import { stampPinoWith } from './stamp-pino';
import { winston } from './winston';

/** Options of `stampLoggers`. */
export interface StampLoggersOptions extends FieldOptions {
  /** Stamp the output of `console` too. Default `false`. */
  console?: boolean;
}

/** All loggers except pino, which is found in more ways. */
const ADAPTERS: readonly Adapter[] = [winston, bunyan, log4jsEvents, log4jsLayouts, consola];
/** Names of the libraries whose loggers are stamped. */
export const LIBRARIES: readonly string[] = [...new Set(['pino', ...ADAPTERS.map(({ library }) => library)])];

const FIELDS = Symbol.for('@corr/log-bridge.fields');
/** The fields that this process stamps, in order of registration; copies of this package share them. */
const holder = globalThis as { [FIELDS]?: RecordFields[] };

/**
 * Stamps every record of every pino, winston, bunyan, log4js and consola logger of this process, without changes to the loggers.
 * Returns its undo.
 *
 * Errors: throws a `TypeError` that names the option, the value and what was expected.
 */
export function stampLoggers(options: StampLoggersOptions = {}): () => void {
  return stampLoggersWith(options, []);
}

/** The same, with further fields after the ID and a callback for each logger library that is found. */
export function stampLoggersWith(options: StampLoggersOptions, behind: readonly FieldSource[], met?: Met): () => void {
  const fields = new RecordFields(options, behind);
  const undo: (() => void)[] = [];
  let stopped = false;
  const meet = (filename: string, { exports }: { exports: unknown }): void => {
    for (const adapter of ADAPTERS) {
      if (stopped || !adapter.file.test(filename)) continue;
      const found = adapter.find(exports);
      const undoOne = found === undefined ? undefined : adapter.stamp(found, fields);
      met?.(adapter.library, filename, found === undefined ? 'unknown' : undoOne === undefined ? 'stamped already' : 'stamped');
      if (undoOne !== undefined) undo.push(undoOne);
    }
  };
  (holder[FIELDS] ??= []).push(fields);
  undo.push(stampPinoWith(fields, met), onModuleLoad(meet));
  if (options.console === true) undo.push(stampConsole(fields));
  return () => {
    stopped = true;
    holder[FIELDS] = holder[FIELDS]?.filter((other) => other !== fields) ?? [];
    for (const undoOne of undo.splice(0).reverse()) undoOne();
  };
}

/**
 * Stamps the loggers of one copy of pino, winston, bunyan or consola that no loader reports: an ES module, or one inlined in a
 * bundle. Returns its undo.
 *
 * Default: the options of the preload or of `stampLoggers`, if one is in force. Errors: throws a `TypeError` that names option,
 * value and what was expected.
 */
export function stampLogger(logger: object, options?: FieldOptions): () => void {
  const fields = (options === undefined ? holder[FIELDS]?.[0] : undefined) ?? new RecordFields(options);
  const pino = prototypeOf(logger);
  if (pino !== undefined) return stampPrototype(pino, fragmentMaker(fields)) ?? nothing;
  for (const adapter of ADAPTERS) {
    const found = adapter.find(logger);
    if (found !== undefined) return adapter.stamp(found, fields) ?? nothing;
  }
  throw new TypeError(`logger: ${show(logger)} - expected a logger of pino, winston, bunyan or consola`);
}

function nothing(): void {
  // Already stamped.
}

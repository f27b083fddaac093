import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, ContextManager } from '@opentelemetry/api';
import { Hop, callIn } from './hops';
import { inForce, kept } from './layers';
import type { Layer } from './layers';
import { settingsFrom } from './settings';
import type { CorrelationOptions, Settings } from './settings';

interface Shared {
  readonly store: AsyncLocalStorage<Context | undefined>;
  /** The options that each caller has set, oldest first. */
  readonly layers: Layer[];
  /** `CORRELATION_ID` when the process started. */
  readonly start: Pick<Layer, 'processId'>;
  /** The combined settings of all layers. */
  settings: Settings;
  /** Are called when `settings` has changed. */
  readonly onSettings: Set<() => void>;
  processId: string | undefined;
  /** True as soon as a hop was created; until then nobody looks for one. */
  hopping: boolean;
  /** The hop of the process as a whole, if hops are on and the process has an ID. */
  processHop: Hop | undefined;
  /** The context of the request that was admitted last, until its listeners are called. */
  admitted: Context | undefined;
  /** OpenTelemetry's context manager, if it keeps its contexts in this store. */
  manager: ContextManager | undefined;
  /** The last error thrown out of a context, and the innermost context in which it was thrown. */
  thrown: { error: unknown; context: Context | undefined } | undefined;
}

/** The variable that tells a child process which call it answers, beside `CORRELATION_ID`. */
export const HOP_VARIABLE = 'CORRELATION_HOP';

// One per process, even if several copies of this package are installed: an ID entered through one copy is read through all.
const SHARED = Symbol.for('@corr/propagator.1');
const holder = globalThis as { [SHARED]?: Shared };

/** The state that all copies of this package in a process share. */
export const shared: Shared = (holder[SHARED] ??= firstShared());

function firstShared(): Shared {
  const settings = settingsFrom();
  const start = { processId: process.env['CORRELATION_ID'] };
  const processId = processIdFrom(settings, start.processId);
  return { store: new AsyncLocalStorage(), layers: [], start, settings, onSettings: new Set(), processId, processHop: undefined, hopping: false, admitted: undefined, manager: undefined, thrown: undefined };
}

/** Surrounding white space is ignored, as it is around a header's value. A list is refused, although a header may have one. */
function processIdFrom({ accept }: Settings, given: string | undefined): string | undefined {
  const id = given?.trim();
  return accept(id) === id ? id : undefined;
}

/**
 * Adds options to those of this process, for these functions, the carriers and the log stamp. Returns its undo.
 *
 * Default: an option that nobody else has set takes effect. If two callers set the same option, the stricter value of a security
 * control (`trustIncoming`, `propagateTo`, `relay`, `maxLength`, `characters`, `echo`, `expose`) takes effect, and the older value of
 * any other. Errors: throws a `TypeError` that names the option, the value and what was expected, and changes nothing.
 */
export function configureCorrelation(options: CorrelationOptions): () => void {
  return addLayer(options).undo;
}

/** The same, and also returns the names of the options that are not in force as given, because another layer decides. */
export function addLayer(options: CorrelationOptions): { undo: () => void; ignored: string[] } {
  const layer: Layer = { options: kept(options), settings: settingsFrom(options), processId: process.env['CORRELATION_ID'] };
  shared.layers.push(layer);
  const ignored = apply();
  return {
    ignored: ignored.get(layer) ?? [],
    undo: () => {
      const at = shared.layers.indexOf(layer);
      if (at === -1) return;
      shared.layers.splice(at, 1);
      apply();
    },
  };
}

function apply(): Map<Layer, string[]> {
  const { settings, ignored } = inForce(shared.layers);
  shared.settings = settings;
  const id = processIdFrom(settings, (shared.layers.at(-1) ?? shared.start).processId);
  if (!settings.hops || id === undefined) shared.processHop = undefined;
  else if (shared.processHop === undefined || id !== shared.processId) {
    shared.hopping = true;
    shared.processHop = new Hop(callIn(process.env[HOP_VARIABLE], id));
  }
  shared.processId = id;
  for (const tell of shared.onSettings) tell();
  return ignored;
}

/** Calls back each time when the settings have changed. Returns its undo. */
export function onSettings(tell: () => void): () => void {
  shared.onSettings.add(tell);
  return () => void shared.onSettings.delete(tell);
}

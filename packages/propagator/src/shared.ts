import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, ContextManager } from '@opentelemetry/api';
import { Hop, callIn } from './hops';
import { inForce, kept } from './layers';
import type { Layer } from './layers';
import { settingsFrom } from './settings';
import type { CorrelationOptions, Settings } from './settings';

interface Shared {
  readonly store: AsyncLocalStorage<Context | undefined>;
  /** Who set which options, oldest first. */
  readonly layers: Layer[];
  /** CORRELATION_ID as the process began with it. */
  readonly start: Pick<Layer, 'processId'>;
  /** What all layers together come to. */
  settings: Settings;
  processId: string | undefined;
  /** True once there has been a hop: until then nobody looks for one. */
  hopping: boolean;
  /** The hop that this process is as a whole, where hops are on and it has an ID. */
  processHop: Hop | undefined;
  /** The context of the request that was admitted last, until its listeners are called. */
  admitted: Context | undefined;
  /** OpenTelemetry's context manager where it keeps its contexts in this store. */
  manager: ContextManager | undefined;
  /** What was thrown last out of a context, and the innermost one that it was thrown in. */
  thrown: { error: unknown; context: Context | undefined } | undefined;
}

/** The call that a child process answers, beside `CORRELATION_ID`. */
export const HOP_VARIABLE = 'CORRELATION_HOP';

// One per process, whatever number of copies of this package are installed: an ID entered through one is read through all.
const SHARED = Symbol.for('@corr/propagator.1');
const holder = globalThis as { [SHARED]?: Shared };

/** The state that all copies of this package in a process have in common. */
export const shared: Shared = (holder[SHARED] ??= firstShared());

function firstShared(): Shared {
  const settings = settingsFrom();
  const start = { processId: process.env['CORRELATION_ID'] };
  const processId = processIdFrom(settings, start.processId);
  return { store: new AsyncLocalStorage(), layers: [], start, settings, processId, processHop: undefined, hopping: false, admitted: undefined, manager: undefined, thrown: undefined };
}

/** White space around it counts as little as around a header's value; a second member has no business here. */
function processIdFrom({ accept }: Settings, given: string | undefined): string | undefined {
  const id = given?.trim();
  return accept(id) === id ? id : undefined;
}

/**
 * Adds options to those of this process: of the functions here, the carriers and the log stamp. Returns its undo.
 *
 * Default: an option that nobody else set is in force. Where two set the same one, the stricter of a security control
 * (`trustIncoming`, `propagateTo`, `relay`, `maxLength`, `characters`, `echo`, `expose`) is, and of any other the older.
 * Errors: throws a `TypeError` that names option, value and expectation, and changes nothing.
 */
export function configureCorrelation(options: CorrelationOptions): () => void {
  return addLayer(options).undo;
}

/** The same, with the names of those options that are not in force as given, since an older layer says otherwise. */
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
  return ignored;
}

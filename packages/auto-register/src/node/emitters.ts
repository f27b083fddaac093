import { EventEmitter } from 'node:events';
import { enter, runStored, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { patch } from './patch';

/** Context that an emitter belongs to: of the request that was admitted, or that it was made in; `null` outside of all. */
export const CONTEXT = Symbol('@corr context of an emitter');
const EMIT = Symbol('@corr emit of an emitter that restores its context');
const BOUND = Symbol('@corr emitter is bound by OpenTelemetry');

type Emit = (this: Emitter, event: string | symbol, ...args: unknown[]) => boolean;
type Add = (this: Emitter, event: string | symbol, listener: (...args: never[]) => void) => unknown;
export interface Emitter {
  emit: Emit;
  on: Add;
  addListener: Add;
  prependListener: Add;
  _events?: Readonly<Record<string | symbol, unknown>>;
  _eventsCount: number;
  [CONTEXT]?: Context | null;
  [EMIT]?: Emit | undefined;
  [BOUND]?: true;
}

/**
 * Gives an emitter its context, and the places that `restoreOn` will write to: Express sets another prototype, and on
 * Node 20 each property that an object gets after that costs microseconds.
 */
export function belong(emitter: Emitter, context: Context): void {
  if (emitter[CONTEXT] !== undefined) return;
  emitter[CONTEXT] = context;
  emitter[EMIT] = undefined;
  emitter.emit = emitter.emit;
}

/** The same for OpenTelemetry, which has listeners run in this very context, spans and all. */
export function bind(emitter: Emitter, context: Context): void {
  belong(emitter, context);
  emitter[CONTEXT] = context;
  emitter[BOUND] = true;
}

/** True for an emitter that is bound already: the first binding counts, as with OpenTelemetry's own. */
export function isBound(emitter: unknown): boolean {
  return emitter !== null && typeof emitter === 'object' && (emitter as Emitter)[BOUND] === true;
}

/** Listeners of this emitter run in its own context, also for an abort, a late body or, under pipelining, a finish. */
export function restoreOn(emitter: Emitter): void {
  if (emitter[EMIT] !== undefined || emitter.emit === restoring) return; // the latter where it was copied from another emitter
  emitter[EMIT] = emitter.emit;
  emitter.emit = restoring;
}

// One for all: a function for each emitter would be made twice a request.
function restoring(this: Emitter, event: string | symbol): boolean {
  const context = this[CONTEXT];
  const emit = this[EMIT] ?? (EventEmitter.prototype.emit as Emit);
  if (context === undefined || (context ?? undefined) === shared.store.getStore() || !isHeard(this, event)) {
    return Reflect.apply(emit, this, arguments);
  }
  return (this[BOUND] === true ? runStored : enter)(context ?? undefined, emit, this, arguments);
}

function isHeard({ _events: listeners }: Emitter, event: string | symbol): boolean {
  return listeners?.[event] !== undefined || event === 'error'; // this one by who listens to `errorMonitor`, too
}

/**
 * The same for all emitters of a class that have a context, from the first listener that is added. Returns its undo.
 *
 * Most requests get none but Node's own, and so pay nothing for the eight events that each of them has.
 */
export function restoreOnceHeard(prototype: Emitter): () => void {
  const undo = (['on', 'addListener', 'prependListener'] as const).map((name) =>
    patch(prototype, name, (original) => function (event, listener) {
      if (this[CONTEXT] !== undefined && this[EMIT] === undefined && !isNodes(listener)) restoreOn(this);
      return original.call(this, event, listener);
    }),
  );
  return () => undo.forEach((undoOne) => undoOne());
}

// Node's listener at the end of a request, the same for all: it only detaches the parser.
let clearIncoming: unknown;

function isNodes(listener: unknown): boolean {
  if (clearIncoming === undefined && typeof listener === 'function' && listener.name === 'clearIncoming') clearIncoming = listener;
  return listener === clearIncoming && listener !== undefined;
}

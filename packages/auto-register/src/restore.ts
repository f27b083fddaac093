import { restore } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { patch } from './patch';

/** Context that an emitter belongs to: of the request that was admitted, or that it was made in; `null` outside of all. */
export const CONTEXT = Symbol('@corr context of an emitter');
const RESTORING = Symbol('@corr emitter restores its context');

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
  [RESTORING]?: boolean;
}

/**
 * Gives an emitter its context, and the places that `restoreOn` will write to: Express sets another prototype, and on
 * Node 20 each property that an object gets after that costs microseconds.
 */
export function belong(emitter: Emitter, context: Context): void {
  emitter[CONTEXT] = context;
  emitter[RESTORING] = false;
  emitter.emit = emitter.emit;
}

/** Listeners of this emitter run in its own context, also for an abort, a late body or, under pipelining, a finish. */
export function restoreOn(emitter: Emitter): void {
  if (emitter[RESTORING] === true) return;
  emitter[RESTORING] = true;
  const { emit } = emitter;
  emitter.emit = function (event) {
    const context = this[CONTEXT];
    return context === undefined || this._events?.[event] === undefined
      ? Reflect.apply(emit, this, arguments)
      : restore(context ?? undefined, emit, this, arguments);
  };
}

/**
 * The same for all emitters of a class that have a context, from the first listener that is added. Returns its undo.
 *
 * Most requests get none but Node's own, and so pay nothing for the eight events that each of them has.
 */
export function restoreOnceHeard(prototype: Emitter): () => void {
  const undo = (['on', 'addListener', 'prependListener'] as const).map((name) =>
    patch(prototype, name, (original) => function (event, listener) {
      if (this[CONTEXT] !== undefined && this[RESTORING] !== true && !isNodes(listener)) restoreOn(this);
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

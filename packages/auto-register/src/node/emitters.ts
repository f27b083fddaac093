import { EventEmitter } from 'node:events';
import { patch, runExactlyIn, runIn, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';

type Emit = (this: object, event: string | symbol, ...args: unknown[]) => boolean;

/**
 * Private fields on objects of others. Neither `Object.keys` nor `console.log` shows them, and a frozen object can have them.
 * A WeakMap could do the same, but costs more. To bind a new object once and read it four times takes about 1,000 ns of CPU with a
 * WeakMap, and less than 50 ns with a private field. This was measured on Node 20 and 24, with 1,000 such objects alive.
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- its constructor returns the given object
export class Elsewhere {
  constructor(object: object) {
    return object;
  }
}

/** A context of OpenTelemetry's: the listeners run in exactly this one, with its spans. */
class Exactly {
  constructor(readonly context: Context) {}
}

class Bound extends Elsewhere {
  /** One field for both, because a second one would cost as much as the first. */
  #to: Context | Exactly | null;

  private constructor(emitter: object, to: Context | Exactly | null) {
    super(emitter);
    this.#to = to;
  }

  static to(emitter: object, context: Context | null): void {
    if (!(#to in emitter)) new Bound(emitter, context);
    else if (Bound.contextOf(emitter) !== context) emitter.#to = context;
  }

  static exactlyTo(emitter: object, context: Context): void {
    const to = new Exactly(context);
    if (#to in emitter) emitter.#to = to;
    else new Bound(emitter, to);
  }

  static contextOf(emitter: object): Context | null | undefined {
    if (!(#to in emitter)) return undefined;
    const to = emitter.#to;
    return to instanceof Exactly ? to.context : to;
  }

  static isExact(emitter: object): boolean {
    return #to in emitter && emitter.#to instanceof Exactly;
  }
}

/**
 * The one such class or table of a process: that of the first to ask. The preload is one bundle; the SDK's context manager and `correlated` are
 * files of their own, or of another copy of this package. What one of them writes, the others must find.
 */
export function oneOf<T>(name: string, own: T): T {
  const holder = globalThis as { [key: symbol]: T | undefined };
  return (holder[Symbol.for(`@corr/auto-register.${name}`)] ??= own);
}

const bound = oneOf('bound.1', Bound);

/** The context that an emitter is bound to; `null` means outside all requests, `undefined` means not bound. */
export const contextOf = (emitter: object): Context | null | undefined => bound.contextOf(emitter);

/** Binds an emitter: its listeners run in that context, or outside all requests (`null`), whoever makes it emit. */
export function bindEmitter(emitter: object, context: Context | null): void {
  bound.to(emitter, context);
}

/** The same for OpenTelemetry: listeners run in exactly this context, with its spans. */
export function bindExactly(emitter: object, context: Context): void {
  bound.exactlyTo(emitter, context);
}

/** True for one that OpenTelemetry has bound. */
export const isBoundExactly = (emitter: object): boolean => bound.isExact(emitter);

/** Runs a function in the context of that emitter's listeners. */
export function runAsListener<T>(emitter: object, fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>): T {
  const context = bound.contextOf(emitter);
  if (context === undefined || context === shared.store.getStore()) return Reflect.apply(fn as (...all: unknown[]) => T, self, args);
  return (bound.isExact(emitter) ? runExactlyIn : runIn)(context ?? undefined, fn, self, args);
}

/** Is called for an event of that name. */
type Tell = (emitter: object, event: string | symbol, args: ArrayLike<unknown>) => void;

type Tells = Readonly<Record<string, Tell>>;

interface Emitter {
  emit: Emit;
  listeners(event: string | symbol): Listener[];
  listenerCount(event: string | symbol, listener?: Listener): number;
}
const { emit: emitOfNode, listenerCount, listeners } = EventEmitter.prototype as unknown as Emitter;

/** What happens at the events of a class besides its listeners. */
interface Around {
  before?: Tells;
  after?: Tells;
  /** A listener of Node's own for an event, which needs no context: none is entered where it is the only one. */
  own?: Readonly<Record<string, OwnListener>>;
}

/** A listener that Node adds itself and does not export. */
interface OwnListener {
  /** `undefined` until it was seen. */
  listener: Listener | undefined;
  is(this: void, listener: Listener): boolean;
}
type Listener = (...args: unknown[]) => void;

/**
 * Makes the bound emitters of a class call their listeners in their context. Calls what `before` and `after` have for an event around
 * its listeners. Returns its undo.
 *
 * More than half of the events of a request and a call have no listener: for them no context is entered. An agent that has put its own
 * method between the class and Node's may look at every event, so then there is no short cut.
 */
export function honourContexts(prototype: object, { before = {}, after = {}, own = {} }: Around = {}): () => void {
  const tells = new Map<string | symbol, Told>();
  for (const event of Object.keys({ ...before, ...after, ...own })) tells.set(event, { first: before[event], last: after[event], own: own[event] });
  const parent = (Object.hasOwn(prototype, 'emit') ? {} : Object.getPrototypeOf(prototype)) as { emit?: Emit };
  return patch(prototype as { emit: Emit }, 'emit', (behind) => {
    const tellListeners = (emitter: object, event: string | symbol, args: ArrayLike<unknown>, own: OwnListener | undefined): boolean => {
      if (parent.emit !== emitOfNode) return runAsListener(emitter, behind, emitter, args);
      if (event !== 'error') {
        const count = listenerCount.call(emitter, event);
        if (count === 0) return false;
        if (count === 1 && own !== undefined && isOwn(emitter, event, own)) return Reflect.apply(emitOfNode, emitter, args);
      }
      return runAsListener(emitter, emitOfNode, emitter, args);
    };
    return function (event) {
      const { first, last, own } = tells.get(event) ?? NOTHING;
      if (first !== undefined) tell(first, this, event, arguments);
      if (last === undefined) return tellListeners(this, event, arguments, own);
      try {
        return tellListeners(this, event, arguments, own);
      } finally {
        tell(last, this, event, arguments); // also if a listener throws: an application can go on after that
      }
    };
  });
}

interface Told { first: Tell | undefined; last: Tell | undefined; own: OwnListener | undefined }
const NOTHING: Told = { first: undefined, last: undefined, own: undefined };

/** True if the only listener of an event is that of Node. */
function isOwn(emitter: object, event: string | symbol, own: OwnListener): boolean {
  if (own.listener === undefined) {
    const [listener] = listeners.call(emitter, event);
    if (listener !== undefined && own.is(listener)) own.listener = listener;
  }
  return own.listener !== undefined && listenerCount.call(emitter, event, own.listener) === 1;
}

/** An application can emit anything, and its listeners run whatever it is. */
function tell(fn: Tell, emitter: object, event: string | symbol, args: ArrayLike<unknown>): void {
  try {
    fn(emitter, event, args);
  } catch {
    // Such as a simulated response without headers.
  }
}

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

class Bound extends Elsewhere {
  #context: Context | null;
  #exactly: boolean;

  private constructor(emitter: object, context: Context | null, exactly: boolean) {
    super(emitter);
    this.#context = context;
    this.#exactly = exactly;
  }

  static to(emitter: object, context: Context | null, exactly: boolean): void {
    if (!(#context in emitter)) new Bound(emitter, context, exactly);
    else if (exactly || emitter.#context !== context) {
      emitter.#context = context;
      emitter.#exactly = exactly;
    }
  }

  static contextOf(emitter: object): Context | null | undefined {
    return #context in emitter ? emitter.#context : undefined;
  }

  static isExact(emitter: object): boolean {
    return #context in emitter && emitter.#exactly;
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
  bound.to(emitter, context, false);
}

/** The same for OpenTelemetry: listeners run in exactly this context, with its spans. */
export function bindExactly(emitter: object, context: Context): void {
  bound.to(emitter, context, true);
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

const { emit: emitOfNode, listenerCount } = EventEmitter.prototype as unknown as { emit: Emit; listenerCount(event: string | symbol): number };

/**
 * Makes the bound emitters of a class call their listeners in their context. Calls what `before` and `after` have for an event around
 * its listeners. Returns its undo.
 *
 * More than half of the events of a request and a call have no listener: for them no context is entered. An agent that has put its own
 * method between the class and Node's may look at every event, so then there is no short cut.
 */
export function honourContexts(prototype: object, { before = {}, after = {} }: { before?: Tells; after?: Tells } = {}): () => void {
  const tells = new Map<string | symbol, { first: Tell | undefined; last: Tell | undefined }>();
  for (const event of Object.keys({ ...before, ...after })) tells.set(event, { first: before[event], last: after[event] });
  const parent = (Object.hasOwn(prototype, 'emit') ? {} : Object.getPrototypeOf(prototype)) as { emit?: Emit };
  return patch(prototype as { emit: Emit }, 'emit', (behind) => {
    const tellListeners = (emitter: object, event: string | symbol, args: ArrayLike<unknown>): boolean => {
      if (parent.emit !== emitOfNode) return runAsListener(emitter, behind, emitter, args);
      if (event !== 'error' && listenerCount.call(emitter, event) === 0) return false;
      return runAsListener(emitter, emitOfNode, emitter, args);
    };
    return function (event) {
      const { first, last } = tells.get(event) ?? NOTHING;
      if (first !== undefined) tell(first, this, event, arguments);
      if (last === undefined) return tellListeners(this, event, arguments);
      try {
        return tellListeners(this, event, arguments);
      } finally {
        tell(last, this, event, arguments); // also if a listener throws: an application can go on after that
      }
    };
  });
}

const NOTHING = { first: undefined, last: undefined };

/** An application can emit anything, and its listeners run whatever it is. */
function tell(fn: Tell, emitter: object, event: string | symbol, args: ArrayLike<unknown>): void {
  try {
    fn(emitter, event, args);
  } catch {
    // Such as a simulated response without headers.
  }
}

import { patch, runExactlyIn, runIn, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';

type Emit = (this: object, event: string | symbol, ...args: unknown[]) => boolean;

/**
 * Fields on objects of others that nobody sees: not `Object.keys`, not `console.log`, and a frozen object has room for them.
 * A WeakMap does the same at ten times the cost (100 ns against 1,000 for a request, on Node 20 to 26).
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- what it returns is the point
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
    if (!(#context in emitter)) {
      new Bound(emitter, context, exactly);
      return;
    }
    emitter.#context = context;
    emitter.#exactly = exactly;
  }

  static contextOf(emitter: object): Context | null | undefined {
    return #context in emitter ? emitter.#context : undefined;
  }

  static isExact(emitter: object): boolean {
    return #context in emitter && emitter.#exactly;
  }
}

/** The context that an emitter is bound to; `null` for outside of all, `undefined` where it is not bound. */
export const contextOf = (emitter: object): Context | null | undefined => Bound.contextOf(emitter);

/** Binds an emitter: its listeners run in that context, or (`null`) outside of all, whoever makes it emit. */
export function bindEmitter(emitter: object, context: Context | null): void {
  Bound.to(emitter, context, false);
}

/** The same for OpenTelemetry, which has listeners run in this very context, spans and all; the first binding counts. */
export function bindExactly(emitter: object, context: Context): void {
  if (!Bound.isExact(emitter)) Bound.to(emitter, context, true);
}

/** Runs a function as a listener of that emitter. */
export function runAsListener<T>(emitter: object, fn: (...args: never[]) => T, self: unknown, args: ArrayLike<unknown>): T {
  const context = Bound.contextOf(emitter);
  if (context === undefined || context === shared.store.getStore()) return Reflect.apply(fn as (...all: unknown[]) => T, self, args);
  return (Bound.isExact(emitter) ? runExactlyIn : runIn)(context ?? undefined, fn, self, args);
}

/** Is told of an event; a throw of it costs the event's listeners. */
type Tell = (emitter: object, event: string | symbol, args: ArrayLike<unknown>) => void;

/**
 * Has the bound ones among the emitters of a class call their listeners in their context, and tells of each event before
 * its listeners, or when they have run. Returns its undo.
 */
export function honourContexts(prototype: object, { before, after }: { before?: Tell; after?: Tell } = {}): () => void {
  return patch(prototype as { emit: Emit }, 'emit', (emit) => function (event) {
    before?.(this, event, arguments);
    const result = runAsListener(this, emit, this, arguments);
    after?.(this, event, arguments);
    return result;
  });
}

import { contextOfThrown, noting, patch, runIn } from '@corr/propagator/internal';

type Emit = (this: unknown, event: unknown, error?: unknown, ...rest: unknown[]) => boolean;

/**
 * Has the listeners of `uncaughtException` run in the context that the exception was thrown in, where that is known: when they
 * are called, it has been left. Returns its undo.
 */
export function reportInContext(): () => void {
  // Both events come for one exception, and running the listeners of the first leaves no word of it.
  let last: ReturnType<typeof contextOfThrown>;
  const undo = [
    patch(process as unknown as { emit: Emit }, 'emit', (emit) => function (event, error) {
      if (event !== 'uncaughtException' && event !== 'uncaughtExceptionMonitor') return Reflect.apply(emit, this, arguments);
      const thrown = contextOfThrown(error) ?? (last?.error === error ? last : undefined);
      last = event === 'uncaughtException' ? undefined : thrown;
      return thrown === undefined ? Reflect.apply(emit, this, arguments) : runIn(thrown.context, emit, this, arguments);
    }),
  ];
  // Node 24 and later report what a microtask throws in its own context.
  if (Number.parseInt(process.versions.node, 10) < 24) {
    undo.push(
      patch(globalThis, 'queueMicrotask', (queue) => function (callback) {
        return queue(typeof callback === 'function' ? noting(callback) : callback);
      }),
    );
  }
  return () => undo.forEach((undoOne) => undoOne());
}

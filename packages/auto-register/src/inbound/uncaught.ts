import { contextOfThrown, noting, patch, runIn } from '@corr/propagator/internal';

type Emit = (this: unknown, event: unknown, error?: unknown, ...rest: unknown[]) => boolean;

/**
 * Runs listeners of `uncaughtException` in the context in which the exception was thrown, if that is known; Node has left it when
 * it calls them. Returns its undo.
 */
export function reportInContext(): () => void {
  // Both events are emitted for one exception. Listeners of the first one can overwrite the record of its context, so it is kept.
  let last: ReturnType<typeof contextOfThrown>;
  const undo = [
    patch(process as unknown as { emit: Emit }, 'emit', (emit) => function (event, error) {
      if (event !== 'uncaughtException' && event !== 'uncaughtExceptionMonitor') return Reflect.apply(emit, this, arguments);
      const thrown = event === 'uncaughtException' && last?.error === error ? last : contextOfThrown(error);
      last = event === 'uncaughtException' ? undefined : thrown;
      return thrown === undefined ? Reflect.apply(emit, this, arguments) : runIn(thrown.context, emit, this, arguments);
    }),
  ];
  // Node 24 and later report an exception of a microtask in its own context.
  if (Number.parseInt(process.versions.node, 10) < 24) {
    undo.push(
      patch(globalThis, 'queueMicrotask', (queue) => function (callback) {
        return queue(typeof callback === 'function' ? noting(callback) : callback);
      }),
    );
  }
  return () => undo.forEach((undoOne) => undoOne());
}

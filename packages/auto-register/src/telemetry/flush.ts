/** Longest time in milliseconds that the process may stay to send its last telemetry. */
const BOUND = 3000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

interface Emitter { emit(event: unknown, ...args: unknown[]): boolean }

/**
 * Flushes telemetry before the process ends, by itself or by a signal, and lets it end normally.
 *
 * `process.exit` is not delayed, because nothing called in it can wait.
 */
export function flushAtEnd(flush: () => Promise<unknown>, abandon: () => void): void {
  /** False if it took too long. */
  const inTime = async (): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, BOUND, false)));
    const done = await Promise.race([flush().then(() => true, () => true), late]);
    clearTimeout(timer);
    if (!done) abandon();
    return done;
  };

  // Every second event is held back: work that the application starts in its listeners is flushed too, and the listeners are called
  // as often as without us.
  const { emit } = process as Emitter;
  let flushed = false;
  (process as Emitter).emit = function (this: unknown, event, ...args) {
    if (event !== 'beforeExit' || (flushed = !flushed) === false) return emit.call(this as Emitter, event, ...args);
    const alone = process.listenerCount('beforeExit') === 0; // other listeners may have started new work
    void inTime().then((done) => {
      if (!done && alone) process.exit(); // over gRPC there is nothing to abandon
      setImmediate(() => {}); // one more turn, for a signal that the process sent itself
    });
    return true;
  };
  for (const signal of SIGNALS) flushOnSignal(signal, inTime);
}

/**
 * Holds a signal back until telemetry is flushed, then passes it to the application's listeners or, without listeners, to the
 * system. An exit in a listener therefore happens after the flush.
 *
 * A second signal in the meantime passes immediately.
 */
function flushOnSignal(signal: (typeof SIGNALS)[number], flush: () => Promise<unknown>): void {
  const { emit } = process as Emitter;
  let flushing = false;

  const arrive = (event: unknown, ...args: unknown[]): boolean => {
    if (event !== signal || flushing) return emit.call(process, event, ...args);
    flushing = true;
    // Code that checks whether it is the only listener, such as signal-exit, gets the same answer as without us.
    process.off(signal, listener);
    void flush().then(() => setImmediate(pass, args)); // outside the promise, because a listener may throw
    return true;
  };
  const pass = (args: unknown[]): void => {
    flushing = false;
    if (process.listenerCount(signal) === 0) {
      process.kill(process.pid, signal);
      return;
    }
    (process as Emitter).emit(signal, ...args);
    listen(); // the application continues, so the signal may come again
  };
  /** Called only if the event bypassed our `emit`: an application's listener came first while ours was off. */
  const listener = (...args: unknown[]): void => {
    if (process.listenerCount(signal) === 1) arrive(signal, ...args);
  };
  /** Node binds a signal to the value of `process.emit` at the time of the first listener. */
  const listen = (): void => {
    const before = process.emit;
    process.emit = arrive as typeof process.emit;
    process.on(signal, listener);
    process.emit = before;
  };

  const others = process.rawListeners(signal) as NodeJS.SignalsListener[];
  process.removeAllListeners(signal);
  listen();
  for (const other of others) process.on(signal, other);
}

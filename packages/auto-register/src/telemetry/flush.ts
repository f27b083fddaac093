/** How long the process may stay for its last telemetry, in milliseconds. */
const BOUND = 3000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

interface Emitter { emit(event: unknown, ...args: unknown[]): boolean }

/**
 * Flushes before the process ends, by itself or of a signal, and lets it end as it would have.
 *
 * `process.exit` is not waited for: nothing that is called in it can wait.
 */
export function flushAtEnd(flush: () => Promise<unknown>, abandon: () => void): void {
  /** False when it took too long. */
  const inTime = async (): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, BOUND, false)));
    const done = await Promise.race([flush().then(() => true, () => true), late]);
    clearTimeout(timer);
    if (!done) abandon();
    return done;
  };

  // Every other one is held back: what the application starts in its listeners is flushed too, and they are called as often as without us.
  const { emit } = process as Emitter;
  let flushed = false;
  (process as Emitter).emit = function (this: unknown, event, ...args) {
    if (event !== 'beforeExit' || (flushed = !flushed) === false) return emit.call(this as Emitter, event, ...args);
    const alone = process.listenerCount('beforeExit') === 0; // else somebody may be at new work
    void inTime().then((done) => {
      if (!done && alone) process.exit(); // over gRPC there is nothing to abandon
      setImmediate(() => {}); // one more turn, for a signal that the process sent itself
    });
    return true;
  };
  for (const signal of SIGNALS) flushOnSignal(signal, inTime);
}

/**
 * Holds a signal back until all is flushed, then hands it to the application's listeners, or without any to the system:
 * what they do, be it an exit at once, they do when they are called.
 *
 * A second one meanwhile goes straight through.
 */
function flushOnSignal(signal: (typeof SIGNALS)[number], flush: () => Promise<unknown>): void {
  const { emit } = process as Emitter;
  let flushing = false;

  const arrive = (event: unknown, ...args: unknown[]): boolean => {
    if (event !== signal || flushing) return emit.call(process, event, ...args);
    flushing = true;
    // Whoever asks whether he is the only listener (signal-exit does) is told what he would be told without us.
    process.off(signal, listener);
    void flush().then(() => setImmediate(pass, args)); // out of the promise: a listener may throw
    return true;
  };
  const pass = (args: unknown[]): void => {
    flushing = false;
    if (process.listenerCount(signal) === 0) {
      process.kill(process.pid, signal);
      return;
    }
    (process as Emitter).emit(signal, ...args);
    listen(); // the application goes on: there may be a next time
  };
  /** Called only where `emit` was not taken for ours: an application's listener came first while ours was off. */
  const listener = (...args: unknown[]): void => {
    if (process.listenerCount(signal) === 1) arrive(signal, ...args);
  };
  /** Node hands a signal to what `process.emit` is when its first listener comes. */
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

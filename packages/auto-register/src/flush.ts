/** How long the process may stay for its last telemetry, in milliseconds. */
const BOUND = 3000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Flushes before the process ends, by itself or of a signal, and lets it end as it would have.
 *
 * `process.exit` is not waited for: nothing that is called in it can wait.
 */
export function flushAtEnd(flush: () => Promise<void>): void {
  const bounded = (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, BOUND)));
    return Promise.race([flush().catch(() => {}), late]).finally(() => clearTimeout(timer));
  };

  process.once('beforeExit', () => {
    void bounded().then(() => {
      // A collector that never answers would keep the process: nothing else does, unless others are at it in this event too.
      if (process.listenerCount('beforeExit') === 0) process.exit();
    });
  });
  for (const signal of SIGNALS) flushOnSignal(signal, bounded);
}

/**
 * The listener takes itself off before the application's run: whoever asks whether he is the only one (signal-exit does)
 * is told what he would be told without us. What he then does, to send the signal again, waits for the flush.
 */
function flushOnSignal(signal: (typeof SIGNALS)[number], flush: () => Promise<void>): void {
  const { kill } = process;
  const listener = (): void => {
    process.off(signal, listener);
    const applications = process.listenerCount(signal) > 0;
    let killAgain = !applications;
    const holding: typeof process.kill = (pid, sent) => {
      if (pid !== process.pid || (sent !== signal && sent !== undefined)) return kill.call(process, pid, sent);
      killAgain = true;
      return true;
    };
    process.kill = holding;
    void flush().then(() => {
      if (process.kill === holding) process.kill = kill;
      if (killAgain) kill.call(process, process.pid, signal);
      else process.prependListener(signal, listener); // the application stays: there may be a next time
    });
  };
  process.prependListener(signal, listener);
}

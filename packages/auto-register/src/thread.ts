import type * as WorkerThreads from 'node:worker_threads';

/** What is read of `node:worker_threads`. */
type Thread = Partial<typeof WorkerThreads> & { isInternalThread?: boolean }; // Node 22.16 and later

/**
 * What `node:worker_threads` says of this thread; in the main thread only its `isMainThread`.
 *
 * Loading the module is a tenth of what the preload adds to a start, and most processes have no workers.
 */
export const thread: Thread = isSurelyMain() ? { isMainThread: true } : (require('node:worker_threads') as Thread);

/** Node refuses `process.chdir` in every thread but the main one, before it looks at the arguments. */
function isSurelyMain(): boolean {
  try {
    (process.chdir as () => void)();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_INVALID_ARG_TYPE';
  }
}

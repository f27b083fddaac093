import { isMainThread } from 'node:worker_threads';

// Node's own, before anybody replaces it. Unlike a write to `process.stderr`, it is silent where nobody reads any more:
// that write's error would end the process.
const { error } = console;

/** Writes one line to stderr, from the main thread: workers have the same environment. */
export function warn(message: string): void {
  if (isMainThread) error(`[@corr/auto-register] ${message}`);
}

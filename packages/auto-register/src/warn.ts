import { thread } from './thread';

// Node's own, captured before other code can replace it. Unlike a write to `process.stderr`, it is silent if the pipe is closed;
// the error of that write would end the process.
const { error } = console;

/** Writes one line to stderr, only from the main thread, because workers have the same environment. */
export function warn(message: string): void {
  if (thread.isMainThread === true) error(`[@corr/auto-register] ${message}`);
}

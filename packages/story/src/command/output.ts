import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Characters written at once. */
const BLOCK = 65_536;

/** Writes text as fast as the reader accepts it, and stops silently when the reader closes the pipe. */
export class Output {
  /** False after the reader has closed the pipe, as `| head` does. */
  isOpen = true;
  /** Why the output could not be written, such as a full disk; a closed pipe is no failure. */
  failure: Error | undefined;
  private text = '';

  constructor(private readonly stream: Writable) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.isOpen = false;
      if (error.code !== 'EPIPE') this.failure ??= error;
    });
  }

  /** Resolves when the line is queued; lines are buffered until a block is full. */
  async line(text: string): Promise<void> {
    this.text += `${text}\n`;
    if (this.text.length >= BLOCK) await this.flush();
  }

  async flush(): Promise<void> {
    const { text } = this;
    this.text = '';
    if (text === '' || !this.isOpen) return;
    if (this.stream.write(text)) return;
    const done = new AbortController();
    await Promise.race(['drain', 'close'].map((name) => once(this.stream, name, { signal: done.signal }))).catch(() => {});
    done.abort(); // removes the other listener
  }
}

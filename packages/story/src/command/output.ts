import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Characters that are written at once. */
const BLOCK = 65_536;

/** Writes text as fast as its reader takes it, and quietly stops when nobody reads any more. */
export class Output {
  /** False once the reader has gone: `| head` has seen enough. */
  isOpen = true;
  private text = '';

  constructor(private readonly stream: Writable) {
    stream.on('error', () => void (this.isOpen = false));
  }

  /** Resolves once the line is on its way; lines are gathered until there is a block of them. */
  async line(text: string): Promise<void> {
    this.text += `${text}\n`;
    if (this.text.length >= BLOCK) await this.flush();
  }

  async flush(): Promise<void> {
    const { text } = this;
    this.text = '';
    if (text === '' || !this.isOpen) return;
    if (!this.stream.write(text)) await Promise.race([once(this.stream, 'drain'), once(this.stream, 'close')]).catch(() => {});
  }
}

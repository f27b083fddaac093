import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Stores a stream in an unlinked file on the first read, because lists read twice and memory is bounded. */
export class Spool {
  private fd: number | undefined;
  private file: string | undefined;
  private whole = false;

  constructor(private readonly stream: NodeJS.ReadableStream) {}

  /** The content: from the stream the first time, from the file afterwards. */
  async *chunks(): AsyncGenerator<Buffer> {
    if (this.whole) {
      yield* this.again();
      return;
    }
    const fd = this.open();
    this.whole = true; // a reader that stops early does not need the rest
    for await (const chunk of this.stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      fs.writeSync(fd, bytes);
      yield bytes;
    }
  }

  /** The stream itself, for a reader that follows it and never rereads. */
  live(): NodeJS.ReadableStream {
    return this.stream;
  }

  close(): void {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    if (this.file !== undefined) fs.rmSync(this.file, { force: true });
    this.fd = this.file = undefined;
  }

  private open(): number {
    if (this.fd !== undefined) return this.fd;
    const file = path.join(os.tmpdir(), `corr-story-${process.pid}-${Math.random().toString(36).slice(2)}`);
    this.fd = fs.openSync(file, 'wx+', 0o600);
    try {
      fs.unlinkSync(file); // unlinked now, so it disappears however the process ends
    } catch {
      this.file = file; // Windows cannot unlink an open file
    }
    return this.fd;
  }

  private *again(): Generator<Buffer> {
    for (let at = 0; ; ) {
      const buffer = Buffer.allocUnsafe(1 << 20);
      const read = fs.readSync(this.fd as number, buffer, 0, buffer.length, at);
      if (read === 0) return;
      at += read;
      yield buffer.subarray(0, read);
    }
  }
}

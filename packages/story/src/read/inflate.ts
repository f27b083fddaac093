import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

const CHUNK = 512 << 10;
const MOST_WAITING = 8 << 20;
/**
 * Bytes written to the decoder at once behind the place where it failed: a decoder that fails loses what it made of the last write.
 * A byte at a time for the whole file would take minutes.
 */
const FINER = [Infinity, 1024, 1] as const;

/** Receives bytes as they come; returning `false` stops the input. */
export type Taker = (bytes: Buffer) => boolean | Promise<boolean>;

/** Passes bytes on, up to a limit. */
export class Bound {
  full = false;
  isOver = false;
  private at = 0;
  private given = 0;

  constructor(readonly most: () => number, private readonly taker: Taker) {}

  /** The bytes come once more from the start: those that were passed on are left out. */
  restart(): void {
    this.at = 0;
  }

  async take(bytes: Buffer): Promise<boolean> {
    const fresh = bytes.subarray(Math.max(0, this.given - this.at));
    this.at += bytes.length;
    this.given = Math.max(this.given, this.at);
    if (this.given > this.most()) this.full = true;
    if (this.full || (fresh.length > 0 && !(await this.taker(fresh)))) this.isOver = true;
    return !this.isOver;
  }
}

type Decoder = Transform & { bytesWritten: number };

/** A new decoder of Node's; `undefined` if it has none. */
export function decoderOf(packing: 'gzip' | 'zstd'): (() => Decoder) | undefined {
  const { createZstdDecompress } = zlib as unknown as { createZstdDecompress?(options: zlib.ZlibOptions): Decoder };
  if (packing === 'gzip') return () => zlib.createGunzip({ chunkSize: CHUNK }) as unknown as Decoder;
  return createZstdDecompress === undefined ? undefined : () => createZstdDecompress({ chunkSize: CHUNK });
}

/** Passes on what the compressed bytes hold, up to the first byte that is damaged. Resolves to what is wrong with them. */
export async function inflate(create: () => Decoder, read: () => AsyncIterable<Buffer>, bound: Bound): Promise<string | undefined> {
  let failed: Failed | undefined;
  for (const size of FINER) {
    bound.restart();
    const pieces = new Pieces(read(), failed?.at ?? Infinity, size);
    failed = await inflateOnce(create, pieces, bound);
    pieces.close();
    if (failed === undefined) return undefined;
    if (/unexpected end/i.test(failed.message)) return 'is cut off: what is there was read';
  }
  return `is damaged (${failed?.message ?? ''}): it was read up to there`;
}

interface Failed {
  message: string;
  /** Offset of the write that failed. */
  at: number;
}

/** Node 22 and 24 end a decoder at the end of a zstd frame, so the next frame gets a new one. Zeros behind the end are padding. */
async function inflateOnce(create: () => Decoder, pieces: Pieces, bound: Bound): Promise<Failed | undefined> {
  do {
    const failed = await inflateMember(create(), pieces, bound);
    if (failed !== undefined) return { message: failed.message, at: pieces.at };
  } while (!bound.isOver && ((await pieces.peek()) ?? 0) !== 0);
  return undefined;
}

/**
 * Feeds the decoder and passes on its output up to the point where it fails; a plain iterator would lose that output. It pauses
 * when too many bytes are pending, because a bomb can produce them from a single piece.
 */
async function inflateMember(decoder: Decoder, pieces: Pieces, bound: Bound): Promise<Error | undefined> {
  const made: Buffer[] = [];
  let waiting = 0;
  let ended = false;
  let failed: Error | undefined;
  let wake: () => void = () => undefined;
  decoder.on('data', (chunk: Buffer) => {
    made.push(chunk);
    waiting += chunk.length;
    if (waiting > MOST_WAITING) decoder.pause();
    wake();
  });
  decoder.on('end', () => {
    ended = true;
    wake();
  });
  decoder.on('error', (error) => {
    failed = error;
    wake();
  });
  const fed = feed(decoder, pieces).catch((error: unknown) => void decoder.destroy(error as Error));
  for (;;) {
    for (let chunk = made.shift(); chunk !== undefined; chunk = made.shift()) {
      waiting -= chunk.length;
      if (await bound.take(chunk)) continue;
      decoder.destroy();
      return undefined;
    }
    if (ended || failed !== undefined) {
      await fed;
      decoder.destroy();
      return failed;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (decoder.isPaused()) decoder.resume();
      if (made.length > 0 || ended || failed !== undefined) resolve();
    });
  }
}

/** Writes piece after piece, until the decoder wants no more; what it left is the start of the next member. */
async function feed(decoder: Decoder, pieces: Pieces): Promise<void> {
  const closed = new Promise<void>((resolve) => void decoder.once('close', resolve)); // a write that fails has no callback
  for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
    const before = decoder.bytesWritten;
    await Promise.race([new Promise((resolve) => void decoder.write(piece, resolve)), closed]);
    const taken = decoder.bytesWritten - before;
    if (taken < piece.length) return pieces.giveBack(piece.subarray(taken));
  }
  decoder.end();
}

/** Compressed bytes in the pieces in which they are written to a decoder. */
class Pieces {
  /** Offset of the next piece. */
  at = 0;
  private rest: Buffer = Buffer.alloc(0);
  private readonly iterator: AsyncIterator<Buffer>;

  constructor(pieces: AsyncIterable<Buffer>, private readonly finerFrom: number, private readonly size: number) {
    this.iterator = pieces[Symbol.asyncIterator]();
  }

  async next(): Promise<Buffer | undefined> {
    if ((await this.peek()) === undefined) return undefined;
    const piece = this.rest.subarray(0, this.at < this.finerFrom ? this.finerFrom - this.at : this.size);
    this.rest = this.rest.subarray(piece.length);
    this.at += piece.length;
    return piece;
  }

  /** The next byte. */
  async peek(): Promise<number | undefined> {
    while (this.rest.length === 0) {
      const next = await this.iterator.next();
      if (next.done === true) return undefined;
      this.rest = next.value;
    }
    return this.rest[0];
  }

  giveBack(piece: Buffer): void {
    this.rest = Buffer.concat([piece, this.rest]);
    this.at -= piece.length;
  }

  /** Does not wait: a pipe that is read can be silent. */
  close(): void {
    void this.iterator.return?.().catch(() => undefined);
  }
}

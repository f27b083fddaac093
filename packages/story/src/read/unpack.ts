import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { Transform, Writable } from 'node:stream';
import zlib from 'node:zlib';
import { packingOf } from './sources';
import type { Packing, Source } from './sources';

/** Compressed bytes passed on at once: the most that a damaged file can lose. */
const PIECE = 256 << 10;
const CHUNK = 512 << 10;
/** Highest plausible compression ratio of a log; a zip bomb exceeds it. */
const TIGHTEST = 200;
const ALWAYS = 1 << 30;
const MOST_WAITING = 8 << 20;
const NO_ZSTD = 'this Node has no zstd (22.15 and later have): install the zstd command, for example by apt-get install zstd';

/** Receives bytes as they come; returning `false` stops the input. */
export type Taker = (bytes: Buffer) => boolean | Promise<boolean>;

/** Reads a compressed file or a stream as far as possible. Resolves to a note if something is wrong with it. */
export async function unpack(source: Source, most: number | undefined, read: (bytes: number) => void, take: Taker): Promise<string[]> {
  const bound = new Bound(most ?? Math.max(ALWAYS, source.size * TIGHTEST), take);
  const pieces = source.spool === undefined ? piecesOf(source.path, read) : counted(source.spool.chunks(), read);
  let problem: string | undefined;
  try {
    problem = await packed(source.packing, source.spool !== undefined, pieces, bound);
  } catch (error) {
    problem = `could not be read to its end: ${(error as Error).message}`;
  }
  const notes = problem === undefined ? [] : [`${source.name} ${problem}`];
  if (bound.full) notes.push(`${source.name} was read up to ${Math.round(bound.most / (1 << 20))} MiB: it is compressed so tightly that it may be a zip bomb`);
  return notes;
}

class Bound {
  full = false;
  private taken = 0;

  constructor(readonly most: number, private readonly taker: Taker) {}

  async take(bytes: Buffer): Promise<boolean> {
    this.taken += bytes.length;
    if (this.taken > this.most) this.full = true;
    return !this.full && (await this.taker(bytes));
  }
}

async function packed(packing: Packing, isStream: boolean, pieces: AsyncIterable<Buffer>, bound: Bound): Promise<string | undefined> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return undefined;
  const rest: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: async function* () { yield first.value; yield* { [Symbol.asyncIterator]: () => iterator }; } };
  // Only the first bytes of a stream show its compression.
  const kind = isStream ? packingOf(first.value) : packing;
  if (kind === 'none') {
    for await (const bytes of rest) if (!(await bound.take(bytes))) break;
    return undefined;
  }
  if (kind === 'gzip') return inflated(zlib.createGunzip({ chunkSize: CHUNK }), rest, bound);
  const { createZstdDecompress } = zlib as { createZstdDecompress?(options: zlib.ZlibOptions): Transform };
  return createZstdDecompress === undefined ? byZstd(rest, bound) : inflated(createZstdDecompress({ chunkSize: CHUNK }), rest, bound);
}

/**
 * Feeds the decoder and passes on its output up to the point where it fails; a plain iterator would lose that output. It pauses
 * when too many bytes are pending, because a bomb can produce them from a single piece.
 */
async function inflated(decoder: Transform, pieces: AsyncIterable<Buffer>, bound: Bound): Promise<string | undefined> {
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
  void feed(decoder, pieces).catch((error: unknown) => decoder.destroy(error as Error));
  for (;;) {
    for (let chunk = made.shift(); chunk !== undefined; chunk = made.shift()) {
      waiting -= chunk.length;
      if (!(await bound.take(chunk))) {
        decoder.destroy();
        return undefined;
      }
    }
    if (ended) return undefined;
    if (failed !== undefined) return /unexpected end/i.test(failed.message) ? 'is cut off: what is there was read' : `is damaged (${failed.message}): it was read up to there`;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (decoder.isPaused()) decoder.resume();
      if (made.length > 0 || ended || failed !== undefined) resolve();
    });
  }
}

async function feed(into: Writable, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) {
    if (into.destroyed) return;
    if (!into.write(piece)) await Promise.race([once(into, 'drain'), once(into, 'close')]);
  }
  into.end();
}

/** Uses the zstd command if Node has no zstd. */
async function byZstd(pieces: AsyncIterable<Buffer>, bound: Bound): Promise<string | undefined> {
  const child = spawn('zstd', ['-dcq'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = new Promise<number | null | Error>((resolve) => child.once('error', resolve).once('close', resolve));
  child.stdin.on('error', () => undefined); // the command ended before it read all input
  void feed(child.stdin, pieces).catch(() => child.kill());
  try {
    for await (const bytes of child.stdout) {
      if (!(await bound.take(bytes as Buffer))) return undefined;
    }
  } finally {
    child.kill();
  }
  const status = await exited;
  if (status instanceof Error) return `was not read: ${NO_ZSTD}`;
  return status === 0 ? undefined : 'is cut off or damaged: it was read up to there';
}

async function* piecesOf(file: string, read: (bytes: number) => void): AsyncGenerator<Buffer> {
  yield* counted(fs.createReadStream(file, { highWaterMark: PIECE }), read);
}

async function* counted(chunks: AsyncIterable<Buffer>, read: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    read(chunk.length);
    yield chunk;
  }
}

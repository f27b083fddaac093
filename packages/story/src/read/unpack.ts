import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { packingOf } from './sources';
import type { Packing, Source } from './sources';

/** Compressed bytes that are handed over at once: what a damaged file may lose. */
const PIECE = 256 << 10;
const CHUNK = 512 << 10;
/** No log is packed tighter than this; a bomb is. */
const TIGHTEST = 200;
const ALWAYS = 1 << 30;
const NO_ZSTD = 'this Node has no zstd (22.15 and later have): install the zstd command, for example by apt-get install zstd';

/** Takes what comes, as it comes; `false` ends it. */
export type Taker = (bytes: Buffer) => boolean | Promise<boolean>;

/** Reads a compressed file or a stream to its end, as far as it can be read. Resolves to what there is to say of it. */
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
  if (bound.full) notes.push(`${source.name} was read up to ${Math.round(bound.most / (1 << 20))} MiB: it is packed so tightly that it may be made to fill the disk`);
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
  // What a stream is packed in shows in its first bytes only.
  const kind = isStream ? packingOf(first.value) : packing;
  if (kind === 'none') {
    for await (const bytes of rest) if (!(await bound.take(bytes))) break;
    return undefined;
  }
  if (kind === 'gzip') return inflated(zlib.createGunzip({ chunkSize: CHUNK }), rest, bound);
  return typeof zlib.createZstdDecompress === 'function' ? inflated(zlib.createZstdDecompress({ chunkSize: CHUNK }), rest, bound) : byZstd(rest, bound);
}

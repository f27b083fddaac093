import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { Writable } from 'node:stream';
import { Bound, decoderOf, inflate } from './inflate';
import type { Taker } from './inflate';
import { packingOf, reasonOf } from './sources';
import type { Packing, Source } from './sources';

/** Compressed bytes read at once. */
const PIECE = 256 << 10;
/** Highest plausible compression ratio of a log; a zip bomb exceeds it. */
const TIGHTEST = 200;
const ALWAYS = 1 << 30;
const NO_ZSTD = 'this Node has no zstd (22.15 and later have): install the zstd command, for example by apt-get install zstd';

/** Reads a compressed file or a stream as far as possible. Resolves to a note if something is wrong with it. */
export async function unpack(source: Source, most: number | undefined, onRead: (bytes: number) => void, take: Taker): Promise<string[]> {
  let { size } = source;
  const read = (bytes: number): void => {
    if (source.spool !== undefined) size += bytes; // a stream's size is known at its end
    onRead(bytes);
  };
  const bound = new Bound(() => most ?? Math.max(ALWAYS, size * TIGHTEST), take);
  let problem: string | undefined;
  try {
    problem = await unpacked(source, read, take, bound);
  } catch (error) {
    problem = `could not be read to its end: ${reasonOf(error)}`;
  }
  const notes = problem === undefined ? [] : [`${source.name} ${problem}`];
  if (bound.full) notes.push(`${source.name} was read up to ${Math.round(bound.most() / (1 << 20))} MiB: it is compressed so tightly that it may be a zip bomb`);
  return notes;
}

async function unpacked(source: Source, read: (bytes: number) => void, take: Taker, bound: Bound): Promise<string | undefined> {
  const { spool, path } = source;
  if (spool === undefined) return decoded(source.packing, () => counted(fs.createReadStream(path, { highWaterMark: PIECE }), read), take, bound);
  // Only the first bytes of a stream show its compression.
  const chunks = counted(spool.chunks(), read);
  const first = await chunks.next();
  if (first.done === true) return undefined;
  let whole: AsyncIterable<Buffer> | undefined = (async function* () { yield first.value; yield* chunks; })();
  return decoded(packingOf(first.value), () => {
    const pieces = whole ?? spool.chunks();
    whole = undefined;
    return pieces;
  }, take, bound);
}

async function decoded(packing: Packing, pieces: () => AsyncIterable<Buffer>, take: Taker, bound: Bound): Promise<string | undefined> {
  if (packing === 'none') {
    for await (const bytes of pieces()) if (!(await take(bytes))) break;
    return undefined;
  }
  const create = decoderOf(packing);
  return create === undefined ? byZstd(pieces(), bound) : inflate(create, pieces, bound);
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
  for await (const bytes of child.stdout) {
    if (await bound.take(bytes as Buffer)) continue;
    child.kill();
    return undefined;
  }
  const status = await exited; // after the end of its output, the command still has to say whether the input was whole
  if (status instanceof Error) return `was not read: ${NO_ZSTD}`;
  return status === 0 ? undefined : 'is cut off or damaged: it was read up to there';
}

async function* counted(chunks: AsyncIterable<Buffer>, read: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    read(chunk.length);
    yield chunk;
  }
}

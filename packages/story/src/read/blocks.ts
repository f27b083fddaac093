import fs from 'node:fs';
import { endOfWholeRecords, firstRecordFrom } from './records';

/** A block of whole records from a file. */
export interface Block {
  bytes: Buffer;
  /** Uncompressed offset of the first byte in the file. */
  offset: number;
}

/** Size of one read. Measured: on an idle machine 256 KiB to 4 MiB make no difference; on a busy one, small reads stay in the cache. */
const SIZE = 1 << 20;
/** Longest line; longer lines are read in pieces. */
export const LONGEST = 16 << 20;
/** How far back a slice looks for the start of a line, to see whether its first line continues a record. */
const CONTEXT = 64 << 10;
/** Bytes read behind a slice at once. */
const MARGIN = 16 << 10;

/** Cuts input at the ends of records. The buffer is reused: a block is valid until the next one is requested. */
export class Cutter {
  /** Number of lines over the limit. */
  tooLong = 0;
  private buffer = Buffer.allocUnsafeSlow(SIZE + (SIZE >> 2));
  private start = 0;
  private end = 0;

  /** `offset`: position in the file of the first byte. */
  constructor(private offset = 0) {}

  /** Space for the next bytes. */
  room(): Buffer {
    this.buffer.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    if (this.buffer.length - this.end < SIZE >> 2) {
      const larger = Buffer.allocUnsafeSlow(this.buffer.length * 2);
      this.buffer.copy(larger, 0, 0, this.end);
      this.buffer = larger;
    }
    return this.buffer.subarray(this.end);
  }

  /** The whole records in the bytes that were written but not yet taken. */
  take(written: number, last = false): Block | undefined {
    this.end += written;
    const bytes = this.buffer.subarray(this.start, this.end);
    let cut = last ? bytes.length : endOfWholeRecords(bytes);
    if (cut <= 0 && bytes.length >= LONGEST) {
      cut = betweenWords(bytes);
      this.tooLong++;
    }
    if (cut <= 0) return undefined;
    const block = { bytes: bytes.subarray(0, cut), offset: this.offset };
    this.start += cut;
    this.offset += cut;
    return block;
  }

  /** All bytes up to the last newline, even if the next line could continue the record. */
  takeLines(): Block | undefined {
    const bytes = this.buffer.subarray(this.start, this.end);
    const cut = bytes.lastIndexOf(10) + 1;
    if (cut === 0) return undefined;
    const block = { bytes: bytes.subarray(0, cut), offset: this.offset };
    this.start += cut;
    this.offset += cut;
    return block;
  }
}

/** A position near the end that does not split an ID. */
function betweenWords(bytes: Buffer): number {
  for (let at = bytes.length; at > bytes.length - 4096; at--) if (/["\s,{}]/.test(String.fromCharCode(bytes[at - 1] as number))) return at;
  return bytes.length;
}

/** The records of a file that begin in [from, to), block by block, read synchronously. */
export function* rangeBlocks(file: string | number, from = 0, to = Infinity, cutter = new Cutter(Math.max(0, from - CONTEXT))): Generator<Block> {
  if (to <= from) return;
  const fd = typeof file === 'number' ? file : fs.openSync(file, 'r');
  try {
    let at = Math.max(0, from - CONTEXT);
    for (;;) {
      const room = cutter.room();
      // A short slice is read with little more than its last line.
      const read = fs.readSync(fd, room, 0, Math.min(room.length, SIZE, at < to ? to - at + MARGIN : Infinity), at);
      at += read;
      const block = cutter.take(read, read === 0);
      if (block !== undefined) {
        // At its bounds, a block is searched for the first record that begins there, so that adjacent slices neither repeat nor
        // lose one.
        const first = from > block.offset ? firstRecordFrom(block.bytes, from - block.offset) : 0;
        const past = to < block.offset + block.bytes.length ? firstRecordFrom(block.bytes, Math.max(0, to - block.offset)) : -1;
        const bytes = first < 0 ? block.bytes.subarray(0, 0) : block.bytes.subarray(first, past < 0 ? undefined : Math.max(first, past));
        if (bytes.length > 0) yield { bytes, offset: block.offset + first };
        if (past >= 0 || block.offset + block.bytes.length >= to) return;
      }
      if (read === 0) return;
    }
  } finally {
    if (typeof file !== 'number') fs.closeSync(fd);
  }
}

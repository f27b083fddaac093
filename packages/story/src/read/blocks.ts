import fs from 'node:fs';
import { endOfWholeRecords, firstRecordFrom } from './records';

/** Whole records of a file. */
export interface Block {
  bytes: Buffer;
  /** Of their first byte in the file, uncompressed. */
  offset: number;
}

/** One read; measured: 256 KiB to 4 MiB make no difference while the machine is idle, and small ones stay in the cache while it is not. */
const SIZE = 1 << 20;
/** The longest line; a longer one is read in pieces. */
export const LONGEST = 16 << 20;
/** How far back a slice looks for a line's start, to see whether its first line continues one. */
const CONTEXT = 64 << 10;

/** Cuts what comes in at the ends of records, in one buffer that is used again: a block is good until the next is asked for. */
export class Cutter {
  /** Lines that were longer than the longest. */
  tooLong = 0;
  private buffer = Buffer.allocUnsafeSlow(SIZE + (SIZE >> 2));
  private start = 0;
  private end = 0;

  /** `offset` is where in the file the first byte comes from. */
  constructor(private offset = 0) {}

  /** Where the next bytes are to be written. */
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

  /** The whole records among all that was written and not yet taken. */
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

  /** What is there up to its last newline, though the next line may go on with a record. */
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

/** A place near the end that no ID goes across. */
function betweenWords(bytes: Buffer): number {
  for (let at = bytes.length; at > bytes.length - 4096; at--) if (/["\s,{}]/.test(String.fromCharCode(bytes[at - 1] as number))) return at;
  return bytes.length;
}

/** The records of a file that begin in [from, to), a block at a time, read at once. */
export function* rangeBlocks(file: string | number, from = 0, to = Infinity, cutter = new Cutter(Math.max(0, from - CONTEXT))): Generator<Block> {
  const fd = typeof file === 'number' ? file : fs.openSync(file, 'r');
  try {
    let at = Math.max(0, from - CONTEXT);
    for (;;) {
      const room = cutter.room();
      const read = fs.readSync(fd, room, 0, Math.min(room.length, SIZE), at);
      at += read;
      const block = cutter.take(read, read === 0);
      if (block !== undefined) {
        // Past its bounds a block is searched for the record that begins there, as the slice that begins there does too.
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

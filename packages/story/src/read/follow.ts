import fs from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Entry } from '../model';
import { Cutter } from './blocks';
import type { Block } from './blocks';
import { hasFailed } from './failed';
import { parseLine } from './formats/line';
import { logName } from './formats/service';
import { isOf, isOutside } from './one';
import type { ParseOptions, ReadOptions } from './options';
import { endOfRecord } from './records';
import { SourceError, openSources } from './sources';
import type { Source, Sources } from './sources';

/** Milliseconds between two looks at the files; people perceive this as immediate. */
const LOOK = 200;
/** Looks at the files for each look at the folders, which costs more. */
const FOLDERS = 5;

/** Yields new entries of one ID, or of requests that fail, as lines are written. Survives rotation; ends when `signal` aborts. */
export async function* follow(query: { id?: string; failed?: boolean }, sources: Sources, options: ParseOptions & Pick<ReadOptions, 'since' | 'until'> & { signal?: AbortSignal } = {}): AsyncGenerator<Entry> {
  const { signal } = options;
  const wanted = (entry: Entry): boolean => {
    if (isOutside(entry, options)) return false;
    if (query.id !== undefined) return isOf(query.id, entry);
    return entry.id !== undefined && hasFailed(entry);
  };
  const streams = [...sources.list].filter(({ spool }) => spool !== undefined);
  const files = [...sources.list].filter(({ packing, spool }) => spool === undefined && packing === 'none').map((source) => new Tail(source));
  if (streams.length > 1 || (streams.length === 1 && files.length > 0)) throw new SourceError('--follow reads files, or standard input alone');
  if (streams.length === 0 && files.length === 0) throw new SourceError('--follow reads no compressed files');

  for (const source of streams) {
    const cutter = new Cutter();
    for await (const chunk of source.spool?.live() ?? []) {
      if (signal?.aborted === true) return;
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      for (const block of cut(cutter, bytes)) yield* entriesOf(block, source, options, wanted);
    }
    const last = cutter.take(0, true);
    if (last !== undefined) yield* entriesOf(last, source, options, wanted);
    return;
  }
  try {
    for (let looks = 1; signal?.aborted !== true; looks++) {
      if (looks % FOLDERS === 0) files.push(...newTails(sources, files));
      for (const tail of files) for (const block of tail.read()) yield* entriesOf(block, tail.source, options, wanted);
      await setTimeout(LOOK, undefined, { ...(signal === undefined ? {} : { signal }) }).catch(() => undefined);
    }
  } finally {
    for (const tail of files) tail.close();
  }
}

/** Files that have come since, without those that a followed file was rotated to. */
function newTails({ paths, options }: Sources, tails: readonly Tail[]): Tail[] {
  const known = new Set(tails.map(({ source }) => source.path));
  try {
    return [...openSources(paths, options).list]
      .filter(({ path: file, packing, spool }) => packing === 'none' && spool === undefined && !known.has(file) && !known.has(path.join(path.dirname(file), logName(file))))
      .map((source) => new Tail({ ...source, size: 0 }));
  } catch {
    return []; // during a rotation, a folder can have no log
  }
}

/** Follows the end of a file, and the new file after rotation. */
class Tail {
  private fd: number | undefined;
  private inode = 0;
  private at: number;
  private cutter = new Cutter();

  constructor(readonly source: Source) {
    this.at = source.size;
    this.open();
  }

  /** The lines written since the last call. A rotated file also yields its last, unfinished line. */
  *read(): Generator<Block> {
    yield* this.rest();
    const now = this.look();
    if (now === undefined) return; // the old name is gone, the new file is not there yet
    if (now.ino !== this.inode) {
      const last = this.cutter.take(0, true);
      if (last !== undefined) yield last;
      this.close();
      this.at = 0;
      this.open();
      yield* this.rest();
    } else if (now.size < this.at) this.at = 0; // truncated by copytruncate
  }

  close(): void {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
  }

  private look(): fs.Stats | undefined {
    try {
      return fs.statSync(this.source.path);
    } catch {
      return undefined;
    }
  }

  private open(): void {
    try {
      this.fd = fs.openSync(this.source.path, 'r');
      this.inode = fs.fstatSync(this.fd).ino;
      this.cutter = new Cutter(this.at);
    } catch {
      this.fd = undefined; // the next look retries
    }
  }

  private *rest(): Generator<Block> {
    for (;;) {
      if (this.fd === undefined) return;
      const room = this.cutter.room();
      const read = fs.readSync(this.fd, room, 0, room.length, this.at);
      if (read === 0) {
        // Writers write whole lines, so the last line need not wait for the next one.
        const last = this.cutter.takeLines();
        if (last !== undefined) yield last;
        return;
      }
      this.at += read;
      const block = this.cutter.take(read);
      if (block !== undefined) yield block;
    }
  }
}

function* cut(cutter: Cutter, bytes: Buffer): Generator<Block> {
  for (let at = 0; at < bytes.length; ) {
    const copied = bytes.copy(cutter.room(), 0, at);
    at += copied;
    const block = cutter.take(copied);
    if (block !== undefined) yield block;
  }
  const rest = cutter.takeLines();
  if (rest !== undefined) yield rest;
}

function* entriesOf({ bytes, offset }: Block, source: Source, options: ParseOptions, wanted: (entry: Entry) => boolean): Generator<Entry> {
  for (let start = 0; start < bytes.length; ) {
    const end = endOfRecord(bytes, start);
    for (const entry of parseLine(bytes.toString('utf8', start, end), source.name, options)) {
      if (wanted(entry)) yield { ...entry, source: { name: source.name, offset: offset + start } };
    }
    start = end + 1;
  }
}

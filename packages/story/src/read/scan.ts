import { setImmediate } from 'node:timers/promises';
import { Cutter, rangeBlocks } from './blocks';
import type { Block } from './blocks';
import type { Progress, ReadOptions } from './options';
import { reasonOf } from './sources';
import type { Source, Sources } from './sources';
import { unpack } from './unpack';

/** Searches whole records of a source; `block.bytes` is valid until it returns. */
export type Look = (block: Block, source: Source) => void;

/** Blocks read before the event loop gets a turn, above all for an abort signal. */
const TURN = 16;

/** The byte range to read of a plain file; `undefined` for all of it. */
export type Range = (source: Source) => [from: number, to: number] | undefined;

/** Reads all sources one after another, block by block. Resolves to the notes on the input. */
export async function scan({ list, bytes: total, options, notes }: Sources, look: Look, found: () => number, { onProgress, signal }: ReadOptions, range?: Range): Promise<string[]> {
  const said = [...notes];
  const isOver = (): boolean => signal?.aborted === true;
  const progress: Progress = { bytes: 0, total, found: 0 };
  const read = (bytes: number): void => {
    progress.bytes += bytes;
    progress.found = found();
    onProgress?.(progress);
  };
  for (const source of list) {
    if (isOver()) break;
    if (source.packing === 'none' && source.spool === undefined) {
      let blocks = 0;
      try {
        const [from, to] = range?.(source) ?? [0, Infinity];
        for (const block of rangeBlocks(source.path, from, to)) {
          look(block, source);
          read(block.bytes.length);
          if (++blocks % TURN === 0) await setImmediate();
          if (isOver()) break;
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
        said.push(`${source.name} could not be read to its end: ${reasonOf(error)}`); // removed since it was found, or a bad disk
      }
      continue;
    }
    const cutter = new Cutter();
    const told = await unpack(source, options.mostBytes, read, (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        const room = cutter.room();
        const copied = bytes.copy(room, 0, at);
        at += copied;
        const block = cutter.take(copied);
        if (block !== undefined) look(block, source);
      }
      return !isOver();
    });
    const last = cutter.take(0, true);
    if (last !== undefined && last.bytes.length > 0) look(last, source);
    said.push(...told);
    if (cutter.tooLong > 0) said.push(`${source.name} has lines of more than 16 MiB: they were read in pieces`);
  }
  if (isOver()) said.push('The reading was ended before it was through.');
  return said;
}

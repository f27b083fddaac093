import type { Story } from './model';
import { NEIGHBOURS, isZone, openSources, readEntries } from './read';
import type { ReadOptions } from './read';
import { tell } from './tell/tell';

export type { Call, Clock, Entry, Exchange, Failure, Gap, Hop, Level, Story, StoryLine } from './model';

export interface StoryOptions extends Pick<ReadOptions, 'key' | 'zone' | 'since' | 'until' | 'signal' | 'onProgress'> {
  /** `as-is` keeps all times as logged; default `measured`. */
  clocks?: 'measured' | 'as-is';
}

/**
 * Reads the story of one request. `sources`: files, folders and globs. Resolves to `undefined` if no line has the ID; rejects with
 * a `SourceError` for a path that cannot be read.
 */
export async function readStory(id: string, sources: string | readonly string[], options: StoryOptions = {}): Promise<Story | undefined> {
  const { clocks = 'measured', ...reading } = options;
  if (reading.zone !== undefined && !isZone(reading.zone)) throw new RangeError(`zone is ${reading.zone}: expected a name (Europe/Berlin) or an offset (+02:00)`);
  const opened = openSources(typeof sources === 'string' ? [sources] : sources);
  try {
    const { entries, notes, neighbours } = await readEntries(id, opened, { ...reading, neighbours: NEIGHBOURS });
    return entries.length === 0 ? undefined : tell(id, entries, { clocks, neighbours, notes });
  } finally {
    opened.close();
  }
}

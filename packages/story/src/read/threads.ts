import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Entry } from '../model';
import type { ReadOptions } from './options';
import type { Range } from './scan';
import type { Source, Sources } from './sources';

/** What a thread is to look for. */
export type Job = { kind: 'one'; id: string; neighbours: number } | { kind: 'many'; ids: string[] } | { kind: 'list'; query: object };

/** A piece of the work: a part of a plain file, or a whole one that is packed. */
export interface Slice {
  source: Source;
  range?: [from: number, to: number];
}

/** What a second thread is started with. */
export interface Work {
  job: Job;
  slices: readonly Slice[];
  options: Omit<ReadOptions, 'onProgress' | 'signal'>;
  mostBytes: number | undefined;
  /** The next slice; 1 where the reading is to end; megabytes read and lines found, by this thread. */
  shared: Int32Array<SharedArrayBuffer>;
}

const [NEXT, ENDED, READ, FOUND] = [0, 1, 2, 3];
const SLICE = 64 << 20;
/**
 * Bytes from which on a second thread pays, which takes some 50 ms to start. One thread searches plain files about as fast as
 * they can be copied out of the page cache; to unpack them, and to walk their lines, is work.
 */
const LEAST: Record<'search' | 'walk' | 'unpack', number> = { search: 2 ** 31, walk: 2 ** 28, unpack: 2 ** 25 };

/** Reads by one thread, or by two where that pays; gives what each found. */
export async function inThreads<T>(job: Job, sources: Sources, options: ReadOptions, range: Range | undefined, read: (sources: Sources, options: ReadOptions, range: Range | undefined) => Promise<T>): Promise<T[]> {
  const file = path.join(__dirname, 'worker.js');
  if (!pays(job, sources, options, range) || !existsSync(file)) return [await read(sources, options, range)];
  const slices = slicesOf(sources);
  const shared = new Int32Array(new SharedArrayBuffer(16));
  const { onProgress, signal, ...rest } = options;
  const end = (): void => void Atomics.store(shared, ENDED, 1);
  if (signal?.aborted === true) end();
  signal?.addEventListener('abort', end, { once: true });
  const work: Work = { job, slices, options: rest, mostBytes: sources.options.mostBytes, shared };
  const other = new Worker(file, { workerData: work });
  const answer = new Promise<T | Error>((resolve) => {
    other.once('message', resolve).once('error', resolve).once('exit', () => resolve(new Error('the thread ended')));
  });
  const own = read({ ...sources, list: drawn(slices, shared) }, {
    ...options,
    ...(onProgress && { onProgress: ({ bytes, total, found }) => onProgress({ bytes: bytes + (Atomics.load(shared, READ) << 20), total, found: found + Atomics.load(shared, FOUND) }) }),
  }, rangeOfSlice);
  try {
    const theirs = await answer.then(async (found) => (found instanceof Error ? found : { found, own: await own }));
    // What it had drawn is lost with it: everything once more, by this thread.
    return theirs instanceof Error ? [await own.then(() => read(sources, options, range))] : [theirs.own, theirs.found];
  } finally {
    signal?.removeEventListener('abort', end);
    await other.terminate();
  }
}

/** What the threads found, in the order in which one would have. */
export function inOrder(parts: readonly Entry[][], { list }: Sources): Entry[] {
  const [only, other] = parts;
  if (only !== undefined && other === undefined) return only;
  const places = new Map([...list].map(({ name }, place) => [name, place]));
  const placeOf = ({ source }: Entry): number => places.get(source?.name ?? '') ?? 0;
  return parts.flat().sort((a, b) => placeOf(a) - placeOf(b) || (a.source?.offset ?? 0) - (b.source?.offset ?? 0));
}

/** The same sources and options as the first thread has, for a second one. */
export function taken({ slices, options, mostBytes, shared }: Work): { sources: Sources; options: ReadOptions; range: Range } {
  const sources = { names: [], bytes: undefined, list: drawn(slices, shared), options: mostBytes === undefined ? {} : { mostBytes }, notes: [], close: () => undefined };
  const signal = { get aborted() { return Atomics.load(shared, ENDED) === 1; } } as AbortSignal;
  const onProgress: ReadOptions['onProgress'] = ({ bytes, found }) => {
    Atomics.store(shared, READ, bytes >>> 20);
    Atomics.store(shared, FOUND, found);
  };
  return { sources, options: { ...options, onProgress, signal }, range: rangeOfSlice };
}

type SlicedSource = Source & { slice?: [from: number, to: number] };

const rangeOfSlice: Range = ({ slice }: SlicedSource) => slice;

/** Slices that no other thread has taken, until there are none. */
function* drawn(slices: readonly Slice[], shared: Int32Array<SharedArrayBuffer>): Generator<SlicedSource> {
  for (let next = Atomics.add(shared, NEXT, 1); next < slices.length; next = Atomics.add(shared, NEXT, 1)) {
    const { source, range } = slices[next] as Slice;
    yield { ...source, ...(range && { slice: range }) };
  }
}

function slicesOf({ list }: Sources): Slice[] {
  // Packed files first, the largest first: the last one to end is then a short one.
  const packed = [...list].filter(({ packing }) => packing !== 'none').sort((a, b) => b.size - a.size);
  const plain = [...list].filter(({ packing }) => packing === 'none');
  return [
    ...packed.map((source) => ({ source })),
    ...plain.flatMap((source) => Array.from({ length: Math.max(1, Math.ceil(source.size / SLICE)) }, (_, i): Slice => ({ source, range: [i * SLICE, (i + 1) * SLICE >= source.size ? Infinity : (i + 1) * SLICE] }))),
  ];
}

function pays({ kind }: Job, sources: Sources, { threads }: ReadOptions, range: Range | undefined): boolean {
  const list = [...sources.list];
  if (threads === 1 || range !== undefined || list.some(({ spool }) => spool !== undefined)) return false;
  if (threads !== undefined) return true;
  if (availableParallelism() < 2) return false;
  const packed = list.filter(({ packing }) => packing !== 'none');
  const sizeOf = (these: readonly Source[]): number => these.reduce((sum, { size }) => sum + size, 0);
  const isMuch = sizeOf(packed) >= LEAST.unpack && packed.length > 1;
  return isMuch || sizeOf(list) - sizeOf(packed) >= (kind === 'one' ? LEAST.search : LEAST.walk);
}

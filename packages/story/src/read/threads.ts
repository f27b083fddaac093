import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Entry } from '../model';
import type { ReadOptions } from './options';
import type { Range } from './scan';
import type { Source, Sources } from './sources';

/** What a thread searches for. */
export type Job = { kind: 'one'; id: string; neighbours: number } | { kind: 'many'; ids: string[] } | { kind: 'list'; query: object };

/** A unit of work: part of a plain file, or a whole compressed file. */
export interface Slice {
  source: Source;
  range?: [from: number, to: number];
}

/** Input of the second thread. */
export interface Work {
  job: Job;
  slices: readonly Slice[];
  options: Omit<ReadOptions, 'onProgress' | 'signal'>;
  mostBytes: number | undefined;
  /** Index of the next slice; 1 to stop reading; megabytes read and lines found by this thread. */
  shared: Int32Array<SharedArrayBuffer>;
}

const [NEXT, ENDED, READ, FOUND] = [0, 1, 2, 3];
const SLICE = 64 << 20;
/**
 * Bytes from which a second thread is worth its start-up of about 50 ms. A search of plain files takes little more than copying them
 * from the page cache; decompressing files and walking lines need more CPU.
 */
const LEAST: Record<'search' | 'walk' | 'unpack', number> = { search: 2 ** 29, walk: 2 ** 28, unpack: 2 ** 25 };

/** Reads with one thread, or with two if the input is large enough. Returns the result of each. */
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
    // The slices that the failed thread took are lost, so this thread reads everything again.
    return theirs instanceof Error ? [await own.then(() => read(sources, options, range))] : [theirs.own, theirs.found];
  } finally {
    signal?.removeEventListener('abort', end);
    await other.terminate();
  }
}

/** The results of the threads, in the order in which one thread would have found them. */
export function inOrder(parts: readonly Entry[][], { list }: Sources): Entry[] {
  const [only, other] = parts;
  if (only !== undefined && other === undefined) return only;
  const places = new Map([...list].map(({ name }, place) => [name, place]));
  const placeOf = ({ source }: Entry): number => places.get(source?.name ?? '') ?? 0;
  return parts.flat().sort((a, b) => placeOf(a) - placeOf(b) || (a.source?.offset ?? 0) - (b.source?.offset ?? 0));
}

/** Rebuilds the sources and options of the first thread in the second one. */
export function taken({ slices, options, mostBytes, shared }: Work): { sources: Sources; options: ReadOptions; range: Range } {
  const sources = { names: [], paths: [], bytes: undefined, list: drawn(slices, shared), options: mostBytes === undefined ? {} : { mostBytes }, notes: [], close: () => undefined };
  const signal = { get aborted() { return Atomics.load(shared, ENDED) === 1; } } as AbortSignal;
  const onProgress: ReadOptions['onProgress'] = ({ bytes, found }) => {
    Atomics.store(shared, READ, bytes >>> 20);
    Atomics.store(shared, FOUND, found);
  };
  return { sources, options: { ...options, onProgress, signal }, range: rangeOfSlice };
}

type SlicedSource = Source & { slice?: [from: number, to: number] };

const rangeOfSlice: Range = ({ slice }: SlicedSource) => slice;

/** Takes slices that no other thread has taken, until none is left. */
function* drawn(slices: readonly Slice[], shared: Int32Array<SharedArrayBuffer>): Generator<SlicedSource> {
  for (let next = Atomics.add(shared, NEXT, 1); next < slices.length; next = Atomics.add(shared, NEXT, 1)) {
    const { source, range } = slices[next] as Slice;
    yield { ...source, ...(range && { slice: range }) };
  }
}

function slicesOf({ list }: Sources): Slice[] {
  // Compressed files first, the largest first, so that the last to end is a short one.
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

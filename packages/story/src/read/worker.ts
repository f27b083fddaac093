import { parentPort, workerData } from 'node:worker_threads';
import { listPart } from './list';
import { manyPart } from './many';
import { onePart } from './one';
import type { ListQuery } from './options';
import { taken } from './threads';
import type { Work } from './threads';

/** The second thread: it does the same as the first, with the slices that are left. */
async function run(work: Work): Promise<unknown> {
  const { sources, options, range } = taken(work);
  const { job } = work;
  if (job.kind === 'one') return onePart(job.id, sources, { ...options, neighbours: job.neighbours }, range);
  if (job.kind === 'many') return manyPart(job.ids, sources, options, range);
  return listPart(job.query as ListQuery, sources, options, range);
}

void run(workerData as Work).then((found) => parentPort?.postMessage(found));

import { expect } from 'chai';
import path from 'node:path';
import { App } from '../app';
import type { StartOptions } from '../app';

/** Cases of a package, each with the places where it calls back, identified by the line that they write. */
export type Cases = Record<string, readonly string[]>;

export interface Run extends Pick<StartOptions, 'env' | 'preload' | 'nodeArgs'> {
  /** Number of concurrent requests. */
  requests: number;
  /** Cases to run; default all. */
  only?: string[];
}

/** Starts the application of test-queues with the cases of a package. */
export function startCases(file: string, name: string, { requests, only = [], ...options }: Run): App {
  return App.start(path.join(__dirname, '../../test-queues/app.cjs'), { ...options, args: [file, name, String(requests), ...only] });
}

/**
 * Runs cases with many concurrent requests, and checks each line against the request that it must belong to.
 *
 * Each request must reach each place. Places that belong to no request must be reached by any of them.
 */
export async function expectOwnIds(file: string, name: string, cases: Cases, run: Run): Promise<App> {
  const app = startCases(file, name, { ...run, only: Object.keys(cases) });
  try {
    await app.line(({ msg }) => msg === 'done');
  } finally {
    await app.stop('SIGTERM');
  }
  const lines = app.lines.filter(({ msg }) => msg === 'noted');
  expect(lines.filter((line) => line['t'] !== line.correlation_id), 'under another ID').to.deep.equal([]);
  for (const [each, places] of Object.entries(cases)) {
    for (const place of places) {
      const own = new Set(lines.filter((line) => line['case'] === each && line['where'] === place).map((line) => line['t']));
      expect(own, `${name}, ${each}: ${place}`).to.have.property('size', own.has('Internal') ? 1 : run.requests);
    }
  }
  const known = new Set(Object.entries(cases).flatMap(([each, places]) => places.map((place) => `${each}: ${place}`)));
  expect(new Set(lines.map((line) => `${String(line['case'])}: ${String(line['where'])}`))).to.deep.equal(known);
  return app;
}

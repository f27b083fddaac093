import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { openSources, readEntries, readMany } from '../../src/read';

const IDS = ['checkout-1', 'checkout-10', 'checkout', 'a.b:c', 'n-1', '/x/y', '36mo', '@'];
const ids = fc.constantFrom(...IDS);
const text = fc.array(fc.oneof(ids, fc.constantFrom(' ', '.', ':', ',', '"', '-', '_', '/', 'n', '=', '\n', '\x1b[36m', '\x1b[0m', '\u0001', 'ü')), { maxLength: 8 }).map((parts) => parts.join(''));
const line = fc.oneof(
  text.map((msg) => msg.replaceAll('\n', ' ')),
  text.map((msg) => JSON.stringify({ level: 30, time: 1_795_468_722_842, msg })),
  fc.tuple(ids, text).map(([correlation_id, msg]) => JSON.stringify({ level: 30, time: 1_795_468_722_842, correlation_id, msg })),
);

describe('the lines of many requests', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-many-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('are those that the search for each one finds, whatever stands before and behind the IDs', () =>
    fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 10 }), async (lines) => {
        const file = path.join(folder, 'all.log');
        writeFileSync(file, lines.join('\n'));
        const sources = openSources([file]);
        try {
          const { entries } = await readMany(IDS, sources, { threads: 1 });
          for (const id of IDS) {
            const { entries: alone } = await readEntries(id, sources, { threads: 1 });
            const own = alone.filter((entry) => entry.id === id || !entry.raw.includes('"correlation_id":"'));
            expect(entries.get(id)?.map(({ raw }) => raw), id).to.deep.equal(own.map(({ raw }) => raw));
          }
        } finally {
          sources.close();
        }
      }),
      { numRuns: 100 },
    ));
});

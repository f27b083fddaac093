import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { openSources, readEntries } from '../../src/read';

const T0 = Date.parse('2026-11-25T03:00:00Z');
const WANTED = JSON.stringify({ level: 30, time: T0 + 9000, correlation_id: 'q-1', hop: 'k3f9', name: 'gateway', msg: 'checkout started' });
const record = (i: number): object => ({ level: 30, time: T0 + i, correlation_id: `other-${i}`, hop: `a${i}`, name: 'gateway', req: { method: 'GET', url: '/' }, res: { statusCode: 200 }, responseTime: 1, msg: 'request completed' });
/** As Python's `json.dumps` writes it. */
const spaced = (value: object): string => JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ').replace(/^\{ | \}$/g, (brace) => brace.trim());

describe('records of other requests', () => {
  const around = async (lines: string[]): Promise<(string | undefined)[]> => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-around-'));
    try {
      writeFileSync(path.join(folder, 'a.log'), lines.map((line) => `${line}\n`).join(''));
      const sources = openSources([folder]);
      const { neighbours } = await readEntries('q-1', sources, { threads: 1, neighbours: 3 });
      sources.close();
      return neighbours.map(({ id }) => id);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const others = [1, 2].map((i) => JSON.stringify(record(i)));

  it('are read around a line', async () => expect(await around([others[0] as string, WANTED, others[1] as string, WANTED])).to.deep.equal(['other-1', 'other-2']));
  it('are read before the last line of a file', async () => expect(await around([...others, WANTED])).to.deep.equal(['other-1', 'other-2']));
  it('are read with spaces between their fields', async () => {
    expect(await around([spaced(record(1)), WANTED])).to.deep.equal(['other-1']);
  });
  it('are read from what docker wraps', async () => {
    const docker = (log: string): string => JSON.stringify({ log: `${log}\n`, stream: 'stdout', time: '2026-11-25T03:00:00Z' });
    expect(await around([docker(others[0] as string), docker(WANTED)])).to.deep.equal(['other-1']);
  });
});

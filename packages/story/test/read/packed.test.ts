import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { expect } from 'chai';
import { openSources, readEntries } from '../../src/read';
import type { SourceOptions } from '../../src/read';

/** Lines that hardly compress, so that the last ones are in the last bytes of the file. */
const FILLING = Array.from({ length: 5000 }, (_, i) => `${JSON.stringify({ correlation_id: `other-${i}`, msg: String(Math.sin(i)) })}\n`).join('');
const lines = (...messages: string[]): string => messages.map((msg) => `${JSON.stringify({ correlation_id: 'p-1', msg })}\n`).join('');
const FIRST = lines('first') + FILLING + lines('last of the first');
const SECOND = lines('second') + FILLING + lines('last of the second');
const ALL = ['first', 'last of the first', 'second', 'last of the second'];

const gzip = (text: string): Buffer => zlib.gzipSync(text);
const zstd = (text: string): Buffer => spawnSync('zstd', ['-qc'], { input: text, maxBuffer: 2 ** 28 }).stdout;
const hasZstd = spawnSync('zstd', ['--version']).error === undefined;

describe('a compressed log', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-packed-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = async (paths: string[], options: SourceOptions = {}): Promise<{ told: string[]; notes: string[] }> => {
    const sources = openSources(paths, { cwd: folder, ...options });
    try {
      const { entries, notes } = await readEntries('p-1', sources, { threads: 1 });
      return { told: entries.map(({ msg }) => msg), notes };
    } finally {
      sources.close();
    }
  };
  const readFile = async (name: string, ...parts: Buffer[]): Promise<{ told: string[]; notes: string[] }> => {
    writeFileSync(path.join(folder, name), Buffer.concat(parts));
    return read([name]);
  };

  for (const [kind, pack] of Object.entries({ gz: gzip, zst: zstd })) {
    const name = `a.log.${kind}`;
    const itPacked = kind === 'gz' || hasZstd ? it : it.skip;
    itPacked(`is read to its end if it has several parts: .${kind}`, async () => {
      expect(await readFile(name, pack(FIRST), pack(SECOND))).to.deep.equal({ told: ALL, notes: [] });
    });
    itPacked(`is read to its end from a pipe: .${kind}`, async () => {
      const whole = Buffer.concat([pack(FIRST), pack(SECOND)]);
      const pieces = Array.from({ length: Math.ceil(whole.length / 1000) }, (_, i) => whole.subarray(i * 1000, (i + 1) * 1000));
      expect(await read(['-'], { stdin: Readable.from(pieces) })).to.deep.equal({ told: ALL, notes: [] });
    });
    itPacked(`keeps its last line if something else follows: .${kind}`, async () => {
      const { told, notes } = await readFile(name, pack(FIRST), pack(SECOND), Buffer.from('not compressed\n'));
      expect(told).to.deep.equal(ALL);
      expect(notes.join('\n')).to.match(/^a\.log\.\w+ is (?:cut off or )?damaged[^\n]*: it was read up to there$/);
    });
  }

  (hasZstd ? it : it.skip)('is never called damaged if it is whole', async () => {
    const packed = zstd(lines('whole'));
    for (let i = 0; i < 10; i++) expect(await readFile(`${i}.log.zst`, packed)).to.deep.equal({ told: ['whole'], notes: [] });
  });

  it('is read up to a limit, and a log that is not compressed has none', async () => {
    const options = (bytes: Buffer): SourceOptions => ({ stdin: Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]), mostBytes: 1000 });
    expect((await read(['-'], options(gzip(FIRST)))).notes.join('\n')).to.include('may be a zip bomb');
    expect(await read(['-'], options(Buffer.from(FIRST)))).to.deep.equal({ told: ALL.slice(0, 2), notes: [] });
  });
});

import fs from 'node:fs';
import path from 'node:path';
import { logName } from './formats/service';
import { Spool } from './spool';

/** A path cannot be read: the command prints the message and exits with 2. */
export class SourceError extends Error {
  override name = 'SourceError';
}

export interface SourceOptions {
  /** Stream to read if `-` is among the paths, or if there are no paths. Default `process.stdin`. */
  stdin?: NodeJS.ReadableStream;
  /** Base of relative paths and globs; default `process.cwd()`. */
  cwd?: string;
  /**
   * Largest size of one decompressed file in bytes, as protection from zip bombs; default 200 times its compressed size, at least 1 GiB.
   * A note reports what is left out.
   */
  mostBytes?: number;
}

export type Packing = 'none' | 'gzip' | 'zstd';

/** One file or stream. A stream is stored while it is read, because it may be read twice. */
export interface Source {
  /** Name to show to the user: the path as given, or `stdin`. */
  name: string;
  path: string;
  packing: Packing;
  /** Bytes on disk. */
  size: number;
  /** Time of the last change in epoch milliseconds. */
  changed: number;
  spool?: Spool;
}

/** Files and standard input, which can be read any number of times. */
export interface Sources {
  readonly names: readonly string[];
  /** The files, folders and globs as given. */
  readonly paths: readonly string[];
  /** Bytes on disk; `undefined` if a stream is among them. */
  readonly bytes: number | undefined;
  readonly list: Iterable<Source>;
  readonly options: SourceOptions;
  /** Files in folders that could not be read. */
  readonly notes: readonly string[];
  /** Deletes the stored streams. */
  close(): void;
}

const LOG = /\.(?:log|json|ndjson|jsonl|txt|out|err|otlp)$|\.log\b|^(?:syslog|messages|stdout|stderr|current|access|error)$/i;
const NOT_LOGS = /^(?:package(?:-lock)?|tsconfig.*|composer)\.json$|\.(?:pid|lock|sock|pos|tmp|swp)$/i;
const UNREADABLE = /\.(?:bz2|xz|lz4|7z|zip|tar|tgz)$/i;
const MAGIC: readonly (readonly [Packing, string])[] = [['gzip', '1f8b'], ['zstd', '28b52ffd']];

/** Finds the logs. Throws `SourceError` for a missing file, a folder without logs or a glob without matches. */
export function openSources(paths: readonly string[], options: SourceOptions = {}): Sources {
  const { cwd = process.cwd(), stdin = process.stdin } = options;
  const notes: string[] = [];
  const list: Source[] = [];
  const seen = new Set<string>();
  const add = (name: string): void => {
    const source = readable(name, () => fileSource(path.resolve(cwd, name), name));
    // One file by several ways, such as the kubelet's links, is read once; hard links are files of their own.
    const file = source.spool === undefined ? readable(name, () => fs.realpathSync(source.path)) : source.path;
    if (!seen.has(file)) list.push(source);
    seen.add(file);
  };
  for (const each of paths.length === 0 ? ['-'] : paths) {
    if (each === '-') {
      if (!seen.has('-')) list.push({ name: 'stdin', path: '-', packing: 'none', size: 0, changed: Date.now(), spool: new Spool(stdin) });
      seen.add('-');
      continue;
    }
    const stat = readable(each, () => fs.statSync(path.resolve(cwd, each), { throwIfNoEntry: false }));
    if (stat?.isDirectory() === true) {
      const logs = readable(each, () => logsIn(each, cwd, notes));
      if (logs.length === 0) throw new SourceError(`no logs in ${each}`);
      logs.forEach(add);
    } else if (stat !== undefined) add(each);
    else for (const file of readable(each, () => matching(each, cwd))) add(file);
  }
  return {
    names: list.map(({ name }) => name),
    paths,
    bytes: list.some(({ spool }) => spool !== undefined) ? undefined : list.reduce((sum, { size }) => sum + size, 0),
    list,
    options,
    notes,
    close: () => list.forEach(({ spool }) => spool?.close()),
  };
}

/** What a look at a path finds. Throws `SourceError` if the system refuses it. */
function readable<T>(name: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw error instanceof SourceError ? error : new SourceError(`cannot read ${name}: ${reasonOf(error)}`);
  }
}

function fileSource(file: string, name: string): Source {
  let fd: number | undefined;
  try {
    const stat = fs.statSync(file);
    const source = { name, path: file, packing: 'none' as Packing, size: stat.size, changed: stat.mtimeMs };
    // A pipe, such as `<(kubectl logs …)`: its first bytes cannot be inspected without consuming them.
    if (!stat.isFile()) return { ...source, size: 0, spool: new Spool(fs.createReadStream(file)) };
    fd = fs.openSync(file, 'r');
    const first = Buffer.alloc(4);
    fs.readSync(fd, first, 0, 4, 0);
    source.packing = packingOf(first);
    return source;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** The compression, detected by the first bytes, not by the name. */
export function packingOf(first: Buffer): Packing {
  const hex = first.toString('hex', 0, 4);
  return MAGIC.find(([, magic]) => hex.startsWith(magic))?.[0] ?? 'none';
}

/** All logs below a folder, sorted by name. */
function logsIn(folder: string, cwd: string, notes: string[]): string[] {
  const found: string[] = [];
  const names = fs.readdirSync(path.resolve(cwd, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of names) {
    const name = path.join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    try {
      // Follow links to files (the kubelet creates some), but not to folders, because they can form a cycle.
      const isFile = entry.isSymbolicLink() ? fs.statSync(path.resolve(cwd, name)).isFile() : entry.isFile();
      if (entry.isDirectory()) found.push(...logsIn(name, cwd, notes));
      else if (isFile && UNREADABLE.test(entry.name)) notes.push(`${name} was not read: only .gz and .zst files can be decompressed.`);
      else if (isFile && isLog(entry.name)) {
        fs.accessSync(path.resolve(cwd, name), fs.constants.R_OK);
        found.push(name);
      }
    } catch (error) {
      notes.push(`${name} was not read: ${reasonOf(error)}.`);
    }
  }
  return found;
}

/** Whether a file in a folder is a log, by its name. */
export function isLog(file: string): boolean {
  return LOG.test(logName(file)) && !NOT_LOGS.test(file);
}

function matching(pattern: string, cwd: string): string[] {
  const isGlob = /[*?[\]{}!]/.test(pattern);
  if (!isGlob) throw new SourceError(`no such file or folder: ${pattern}`);
  // Loaded on demand, because most commands name files.
  const { globSync } = require('tinyglobby') as typeof import('tinyglobby');
  const files = globSync(pattern.replaceAll('\\', '/'), { cwd, onlyFiles: true, expandDirectories: false }).filter((file) => !UNREADABLE.test(file));
  if (files.length === 0) throw new SourceError(`no file matches ${pattern}`);
  return files.sort();
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'it is a folder', ENOTDIR: 'a part of its path is not a folder', ELOOP: 'its links form a cycle', ENAMETOOLONG: 'its name is too long',
};

/** Why the system refuses a file. */
export function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}

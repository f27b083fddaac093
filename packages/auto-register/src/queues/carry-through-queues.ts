import { readFileSync } from 'node:fs';
import path = require('node:path');
import { onModuleLoad } from '@corr/log-bridge/internal';
import { TABLE } from './table';
import type { Row } from './table';
import type { Holder, Undo } from './verbs';

const FOLDER = '/node_modules/';

/**
 * Makes the queues, pools and clients of libraries call callbacks in the context in which they were handed over. Returns its undo.
 *
 * It patches only what the application loads; a file outside the table costs one map lookup.
 */
export function carryThroughQueues(): Undo {
  const rows = new Map<string, Row[]>();
  for (const row of TABLE) rows.set(row.file, [...(rows.get(row.file) ?? []), row]);
  const undo: Undo[] = [];
  const packages = new Map<string, Package>();
  const met = new WeakMap<object, Set<Row>>();

  const stopWatching = onModuleLoad((filename, module) => {
    const file = path.sep === '/' ? filename : filename.replaceAll(path.sep, '/');
    const at = file.lastIndexOf(FOLDER);
    if (at < 0) return;
    const [folder, inside] = splitPackage(file, at + FOLDER.length);
    for (const row of rows.get(inside) ?? []) {
      const holder = holderOf(module as unknown as Holder, row);
      if (holder === undefined || !isVersionOf(row, packageAt(folder, packages))) continue;
      const done = met.get(module) ?? new Set();
      if (done.has(row)) continue;
      met.set(module, done.add(row));
      for (const verb of row.verbs) for (const name of verb.found(holder)) undo.push(verb.bind(holder, name));
    }
  });
  return () => {
    stopWatching();
    for (const undoOne of undo.reverse()) undoOne();
  };
}

interface Package {
  name?: string;
  version?: string;
}

/** Splits a path into a package's folder, including the scope, and the file within the package. */
function splitPackage(file: string, start: number): [folder: string, inside: string] {
  let end = file.indexOf('/', start);
  if (file[start] === '@') end = file.indexOf('/', end + 1);
  return [file.slice(0, end), file.slice(end + 1)];
}

/**
 * The object with the methods of a row, if it looks as the row expects.
 *
 * It reads only own properties, because Node warns about missing ones during circular requires.
 */
function holderOf(module: Holder, { at, verbs }: Row): Holder | undefined {
  let holder = module;
  for (const key of at === '' ? [] : at.split('.')) {
    const next = Object.hasOwn(holder, key) ? holder[key] : undefined;
    if (next === null || (typeof next !== 'object' && typeof next !== 'function')) return undefined;
    holder = next as Holder;
  }
  return verbs.every((verb) => verb.found(holder).length > 0) ? holder : undefined;
}

/** Identifies the package by its package.json, because an alias can give the folder any name. */
function packageAt(folder: string, known: Map<string, Package>): Package {
  let found = known.get(folder);
  if (found === undefined) {
    found = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Package;
    known.set(folder, found);
  }
  return found;
}

function isVersionOf({ package: name, from, to = Infinity }: Row, found: Package): boolean {
  const major = Number.parseInt(found.version ?? '', 10);
  return found.name === name && major >= from && major <= to;
}

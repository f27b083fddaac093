import type { RecordFields } from './record-fields';

/** How one logger library is found and stamped. */
export interface Adapter {
  /** The package. */
  library: string;
  /** Files of the library whose exports are inspected. */
  file: RegExp;
  /** The object, from these exports or a logger, that all loggers of that copy share; `undefined` if there is none. */
  find(found: unknown): object | undefined;
  /** Stamps all loggers of that copy. Returns the undo; `undefined` if they are stamped already. */
  stamp(holder: object, fields: RecordFields): (() => void) | undefined;
}

/**
 * Called for each copy of a logger library that is found, with its path, if known, and the outcome. `unknown`: its structure
 * matches no known version.
 */
export type Met = (library: string, filename: string | undefined, outcome: 'stamped' | 'stamped already' | 'unknown') => void;

/** The prototype, of a class or of one of its instances, that has all these methods as own properties. */
export function prototypeWith(found: unknown, methods: readonly string[]): object | undefined {
  let at = typeof found === 'function' && Object.hasOwn(found, 'prototype') ? (found as { prototype: unknown }).prototype : found;
  while (at !== null && (typeof at === 'object' || typeof at === 'function')) {
    const holder: object = at;
    if (methods.every((name) => typeof Object.getOwnPropertyDescriptor(holder, name)?.value === 'function')) return holder;
    at = Object.getPrototypeOf(holder);
  }
  return undefined;
}

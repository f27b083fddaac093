import type { RecordFields } from './record-fields';

/** How one logger library is met, and stamped. */
export interface Adapter {
  /** Files of the library whose exports are worth a look. */
  file: RegExp;
  /** What of those exports, or of a logger, is shared by all loggers of that copy; `undefined` for anything else. */
  find(found: unknown): object | undefined;
  /** Stamps all loggers of that copy. Returns the undo, `undefined` where they are stamped already. */
  stamp(holder: object, fields: RecordFields): (() => void) | undefined;
}

/** The prototype, of a class or of one of its instances, that has all these methods as its own. */
export function prototypeWith(found: unknown, methods: readonly string[]): object | undefined {
  let at = typeof found === 'function' && Object.hasOwn(found, 'prototype') ? (found as { prototype: unknown }).prototype : found;
  while (at !== null && (typeof at === 'object' || typeof at === 'function')) {
    const holder: object = at;
    if (methods.every((name) => typeof Object.getOwnPropertyDescriptor(holder, name)?.value === 'function')) return holder;
    at = Object.getPrototypeOf(holder);
  }
  return undefined;
}

import { patch } from '@corr/propagator/internal';

const STAMPED = Symbol.for('@corr/log-bridge.stamped');

type Method = (this: unknown, ...args: unknown[]) => unknown;
/** Creates a replacement for a method from the original. */
export type Replace = (original: Method) => (this: unknown, ...args: never[]) => unknown;

/**
 * Marks an object of a logger as stamped. Returns a function that removes the mark; `undefined` if any copy of this package
 * has stamped it already.
 */
export function claim(holder: object): (() => void) | undefined {
  if (isClaimed(holder)) return undefined;
  Object.defineProperty(holder, STAMPED, { value: true, configurable: true });
  return () => void delete (holder as { [STAMPED]?: true })[STAMPED];
}

/** True if any copy of this package has stamped the object. */
export function isClaimed(holder: object): boolean {
  return Object.hasOwn(holder, STAMPED);
}

/** Claims an object and patches those of the given methods that it has. Returns the undo of both; `undefined` if it is already stamped. */
export function stamp(holder: object, methods: Record<string, Replace>): (() => void) | undefined {
  const release = claim(holder);
  if (release === undefined) return undefined;
  const present = Object.entries(methods).filter(([name]) => typeof (holder as Record<string, unknown>)[name] === 'function');
  const undo = present.map(([name, replace]) => patch(holder as Record<string, Method>, name, replace as (original: Method) => Method));
  return () => {
    for (const undoOne of undo) undoOne();
    release();
  };
}

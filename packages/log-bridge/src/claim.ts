import { patch } from '@corr/propagator/internal';

const STAMPED = Symbol.for('@corr/log-bridge.stamped');

type Method = (this: unknown, ...args: unknown[]) => unknown;
/** Makes what stands in front of a method, of the method itself. */
export type Replace = (original: Method) => (this: unknown, ...args: never[]) => unknown;

/**
 * Marks what a logger's copy is stamped at. Returns what takes the mark off; `undefined` where it is stamped already,
 * by whichever copy of this package.
 */
export function claim(holder: object): (() => void) | undefined {
  if (isClaimed(holder)) return undefined;
  Object.defineProperty(holder, STAMPED, { value: true, configurable: true });
  return () => void delete (holder as { [STAMPED]?: true })[STAMPED];
}

/** True for what is stamped, by whichever copy of this package. */
export function isClaimed(holder: object): boolean {
  return Object.hasOwn(holder, STAMPED);
}

/** Claims a holder and patches those of its methods that it has. Returns the undo of both; `undefined` where it is stamped already. */
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

import { belong, bound, outside, withoutId } from './bind';
import type { Fn, Run } from './bind';
import { workers } from './pushed';
import { patch } from '../node/patch';

/** What has the methods that something is handed over to: a prototype, an object of exports, or the module itself. */
export type Holder = Record<string, unknown>;
export type Undo = () => void;

/** A way to bind what is handed over to some methods of a holder. */
export interface Verb {
  /** Those of them that the holder has. */
  found(holder: Holder): string[];
  bind(holder: Holder, name: string): Undo;
}

type Replace = (original: Fn, isOn: () => boolean) => Fn;

function verb(names: readonly string[], replace: Replace, inherited = false): Verb {
  return {
    found: (holder) => names.filter((name) => typeof holder[name] === 'function' && (inherited || Object.hasOwn(holder, name))),
    bind(holder, name) {
      let on = true;
      const undo = patch(holder as Record<string, Fn>, name, (original) => alike(original, replace(original, () => on)));
      return () => {
        on = false;
        undo();
      };
    },
  };
}

/** Gives a replacement what may be read off the original: its name and length, and what `util.promisify` calls in its place. */
function alike(original: Fn, replacement: Fn): Fn {
  for (const [key, descriptor] of ownEntries(original)) Reflect.defineProperty(replacement, key, descriptor);
  return replacement;
}

function ownEntries(object: object): [PropertyKey, PropertyDescriptor][] {
  return Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor]);
}

/** Methods whose function arguments are called back, and so is the `callback` of an argument. */
export function callbacks(...names: string[]): Verb {
  return verb(names, (original) => function (this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(original, this, args.map(boundArgument));
  });
}

function boundArgument(given: unknown): unknown {
  if (typeof given === 'function') return bound(given as Fn);
  if (given === null || typeof given !== 'object' || typeof (given as { callback?: unknown }).callback !== 'function') return given;
  if (typeof (given as { submit?: unknown }).submit === 'function') return given; // an object with a life of its own: see handsOver
  return Object.create(given, { callback: { value: bound((given as { callback: Fn }).callback), writable: true, configurable: true, enumerable: true } });
}

/** Methods that are given one task to run later: their first function argument. */
export function tasks(...names: string[]): Verb {
  return verb(names, (original) => function (this: unknown, ...args: unknown[]): unknown {
    const at = args.findIndex((argument) => typeof argument === 'function');
    return Reflect.apply(original, this, at < 0 ? args : args.with(at, bound(args[at] as Fn)));
  });
}

/** A method by which an object becomes the caller's: its first argument, its result or itself. These functions of it are called in the caller's context. */
export function handsOver(name: string, what: 'argument' | 'result' | 'this', ...functions: string[]): Verb {
  return verb([name], (original) => function (this: unknown): unknown {
    if (what !== 'result') belong(what === 'this' ? this : arguments[0], functions);
    const result = Reflect.apply(original, this, arguments);
    if (what === 'result') belong(result, functions);
    return result;
  });
}

const running = (names: readonly string[], run: Run, inherited: boolean): Verb =>
  verb(names, (original) => function (this: unknown): unknown {
    return run(original, this, arguments);
  }, inherited);

/** Methods that open what many requests will use. */
export const opens = (...names: string[]): Verb => running(names, withoutId, false);

/** Objects that many requests use: what they tell their listeners belongs to none of these. */
export const shared: Verb = running(['emit'], outside, true);

/** Factories of queues that have one worker for all tasks. */
export const queues = (...names: string[]): Verb => verb(names, (original, isOn) => workers(original, isOn, false));

/** The same where an array that is pushed is so many tasks. */
export const spreadingQueues = (...names: string[]): Verb => verb(names, (original, isOn) => workers(original, isOn, true));

/** A factory of functions that are given a task. */
const limitsOf = verb(['exports'], (original, isOn) => new Proxy(original, {
    apply(_, self, args) {
      const limit = Reflect.apply(original, self, args) as unknown;
      if (typeof limit !== 'function' || !isOn()) return limit;
      return new Proxy(limit as Fn, {
        apply: (__, own, given: unknown[]) => Reflect.apply(limit as Fn, own, typeof given[0] === 'function' ? given.with(0, bound(given[0] as Fn)) : given),
      });
    },
  }));

/** The same, told by its name: many packages have an `index.js` that exports a function. */
export const limits = (called: string): Verb => ({ ...limitsOf, found: (holder) => ((holder['exports'] as Fn | undefined)?.name === called ? limitsOf.found(holder) : []) });

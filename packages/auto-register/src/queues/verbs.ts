import { patch, patchExports } from '@corr/propagator/internal';
import { belong, bound, outside, ownerOf, withoutId } from './bind';
import type { Fn, Run } from './bind';
import { workers } from './pushed';

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
    found: (holder) => names.filter((name) => (inherited || Object.hasOwn(holder, name)) && typeof holder[name] === 'function'),
    bind(holder, name) {
      let on = true;
      const replacement = (original: Fn): Fn => replace(original, () => on);
      const undo = name === 'exports' ? patchExports(holder as { exports: unknown }, replacement) : patch(holder as Record<string, Fn>, name, replacement);
      return () => {
        on = false;
        undo();
      };
    },
  };
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

/** Methods that are given lists of objects whose functions are called back. */
export function lists(name: string, ...functions: string[]): Verb {
  return verb([name], (original) => function (this: unknown, ...args: unknown[]): unknown {
    for (const argument of args) if (Array.isArray(argument)) for (const each of argument) belong(each, functions);
    return Reflect.apply(original, this, args);
  });
}

/** Methods that run in the context that their first argument was handed over in, whoever calls them. */
export const asOwner = (...names: string[]): Verb =>
  verb(names, (original) => function (this: unknown): unknown {
    return (ownerOf(arguments[0]) ?? Reflect.apply)(original, this, arguments);
  });

/** Methods that answer with a promise of the library's own: what its `then` is given is called back, along the chain. */
export const promises = (...names: string[]): Verb =>
  verb(names, (original) => function (this: unknown): unknown {
    return chained(Reflect.apply(original, this, arguments));
  });

function chained(made: unknown): unknown {
  const promise = made as { then?: Fn } | undefined;
  const then = promise?.then;
  if (typeof then !== 'function' || promise instanceof Promise) return made;
  (promise as { then: Fn }).then = function (this: unknown, ...given: unknown[]): unknown {
    return chained(Reflect.apply(then, this, given.map(boundArgument)));
  };
  return made;
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

/** A function whose functions run in the context of whoever handed them over: the first argument, or any. */
function binding(fn: Fn, any: boolean): Fn {
  return new Proxy(fn, {
    apply: (_, self, given: unknown[]) => Reflect.apply(fn, self, given.map((argument, i) => (i === 0 || any ? boundArgument(argument) : argument))),
  });
}

const factories = (names: readonly string[], any: boolean): Verb =>
  verb(names, (original, isOn) => function (this: unknown): unknown {
    const made: unknown = Reflect.apply(original, this, arguments);
    return typeof made === 'function' && isOn() ? binding(made as Fn, any) : made;
  });

/** Factories of functions that are given a callback. */
export const memoizers = (...names: string[]): Verb => factories(names, true);

const limiters = factories(['exports'], false);

/** A module that is a factory of functions that are given a task, told by its name: many packages have an `index.js` that exports a function. */
export const limits = (called: string): Verb => ({ ...limiters, found: (holder) => limiters.found(holder).filter((name) => (holder[name] as Fn).name === called) });

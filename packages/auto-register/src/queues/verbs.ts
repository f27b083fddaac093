import { patch, patchExports } from '@corr/propagator/internal';
import { belong, bound, outside, ownerOf, withoutId } from './bind';
import type { Fn, Run } from './bind';
import { workers } from './pushed';

/** The object with the methods: a prototype, an exports object, or the module itself. */
export type Holder = Record<string, unknown>;
export type Undo = () => void;

/** A way to bind the arguments of some methods of a holder. */
export interface Verb {
  /** Those of the methods that the holder has. */
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

/** Methods that call back their function arguments, or the `callback` of an argument. */
export function callbacks(...names: string[]): Verb {
  return verb(names, (original) => function (this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(original, this, args.map(boundArgument));
  });
}

const boundFunction = (given: unknown): unknown => (typeof given === 'function' ? bound(given as Fn) : given);

function boundArgument(given: unknown): unknown {
  if (typeof given === 'function') return boundFunction(given);
  if (given === null || typeof given !== 'object' || typeof (given as { callback?: unknown }).callback !== 'function') return given;
  if (typeof (given as { submit?: unknown }).submit === 'function') return given; // an object with its own lifetime: see handsOver
  return Object.create(given, { callback: { value: bound((given as { callback: Fn }).callback), writable: true, configurable: true, enumerable: true } });
}

/** Methods that return a function that calls their caller back. */
export const makesCallbacks = (...names: string[]): Verb =>
  verb(names, (original) => function (this: unknown): unknown {
    return boundFunction(Reflect.apply(original, this, arguments));
  });

/** Methods that accept one task to run later: their first function argument. */
export function tasks(...names: string[]): Verb {
  return verb(names, (original) => function (this: unknown, ...args: unknown[]): unknown {
    const at = args.findIndex((argument) => typeof argument === 'function');
    return Reflect.apply(original, this, at < 0 ? args : args.with(at, bound(args[at] as Fn)));
  });
}

/**
 * A method through which an object becomes the caller's: its first argument, its result or `this`. These functions of the object
 * then run in the caller's context.
 */
export function handsOver(name: string, what: 'argument' | 'result' | 'this', ...functions: string[]): Verb {
  return verb([name], (original) => function (this: unknown): unknown {
    if (what !== 'result') belong(what === 'this' ? this : arguments[0], functions);
    const result = Reflect.apply(original, this, arguments);
    if (what === 'result') belong(result, functions);
    return result;
  });
}

/** Methods that accept lists of objects whose functions are called back. */
export function lists(name: string, ...functions: string[]): Verb {
  return verb([name], (original) => function (this: unknown, ...args: unknown[]): unknown {
    for (const argument of args) if (Array.isArray(argument)) for (const each of argument) belong(each, functions);
    return Reflect.apply(original, this, args);
  });
}

/** Methods that run in the context in which their first argument was handed over. */
export const asOwner = (...names: string[]): Verb =>
  verb(names, (original) => function (this: unknown): unknown {
    return (ownerOf(arguments[0]) ?? Reflect.apply)(original, this, arguments);
  });

/** Methods that return a promise of the library's own class; callbacks given to its `then`, and along the chain, are bound. */
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

/** Methods that open something that many requests will use; the functions that they are given are called back for their caller. */
export const opens = (...names: string[]): Verb =>
  verb(names, (original) => function (this: unknown, ...args: unknown[]): unknown {
    return withoutId(original, this, args.map(boundFunction));
  });

/** Factories of objects that have such a method. */
export const openers = (factory: string, method: string): Verb => {
  const opening = opens(method);
  return verb([factory], (original, isOn) => function (this: unknown): unknown {
    const made = Reflect.apply(original, this, arguments) as Holder;
    if (isOn()) for (const name of opening.found(made)) opening.bind(made, name);
    return made;
  });
};

/** Methods that start work for many requests. */
export const starts = (...names: string[]): Verb => running(names, withoutId, false);

/** Objects that many requests share; their events belong to none of the requests. */
export const shared: Verb = running(['emit'], outside, true);

/** Factories of queues with one worker for all tasks. */
export const queues = (...names: string[]): Verb => verb(names, (original, isOn) => workers(original, isOn, false));

/** The same, for queues that treat a pushed array as several tasks. */
export const spreadingQueues = (...names: string[]): Verb => verb(names, (original, isOn) => workers(original, isOn, true));

/** Makes a function bind the functions that it receives: only the first argument, or any. */
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

/** Factories of functions that accept a callback. */
export const memoizers = (...names: string[]): Verb => factories(names, true);

const limiters = factories(['exports'], false);

/**
 * A module that is a factory of functions that accept a task, recognised by its function name, because many packages have an
 * `index.js` that exports a function.
 */
export const limits = (called: string): Verb => ({ ...limiters, found: (holder) => limiters.found(holder).filter((name) => (holder[name] as Fn).name === called) });

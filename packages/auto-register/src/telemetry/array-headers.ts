import type http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { patch } from '@corr/propagator/internal';

const GIVEN = Symbol('@corr headers as the application gave them');

type Options = object & { headers?: unknown; [GIVEN]?: readonly unknown[] };
type Request = (...args: unknown[]) => http.ClientRequest;

/**
 * Bypasses instrumentation-http for headers that an application gives as an array, which it would turn into "0: name, 1: value".
 * The instrumentation gets an empty object; Node gets the array, followed by what the instrumentation put into that object. No line
 * of the array is joined, reordered or lost. Returns a function to call when the instrumentation is on.
 */
export function keepArrayHeaders(): () => void {
  patchBoth(inner);
  return () => patchBoth(outer);
}

function patchBoth(replace: (request: Request) => Request): void {
  // Its hook patches at a require, which may come later, or never if everything is imported.
  for (const module of [require('http'), require('https')] as Record<'request' | 'get', Request>[]) {
    for (const name of ['request', 'get'] as const) patch(module, name, replace);
  }
  syncBuiltinESMExports();
}

function outer(request: Request): Request {
  return function (this: unknown, ...args) {
    return Reflect.apply(request, this, args.map(hidden));
  };
}

function hidden(argument: unknown): unknown {
  if (argument === null || typeof argument !== 'object' || argument instanceof URL) return argument;
  const { headers } = argument as Options;
  if (!Array.isArray(headers) || !Object.hasOwn(argument, 'headers')) return argument; // Node ignores inherited options
  const as = (value: unknown): PropertyDescriptor => ({ value, writable: true, enumerable: true, configurable: true });
  // Uses descriptors, because options can be frozen.
  const own = { ...Object.getOwnPropertyDescriptors(argument), headers: as({}), [GIVEN]: as(headers) };
  return Object.create(Object.getPrototypeOf(argument) as object, own) as unknown;
}

function inner(request: Request): Request {
  return function (this: unknown, ...args) {
    return Reflect.apply(request, this, args.map(shown));
  };
}

function shown(argument: unknown): unknown {
  if (argument === null || typeof argument !== 'object') return argument;
  const { [GIVEN]: given, headers } = argument as Options;
  if (given === undefined) return argument;
  const names = new Set((Array.isArray(given[0]) ? given.map((pair) => (pair as unknown[])[0]) : given.filter((_, i) => i % 2 === 0)).map((name) => String(name).toLowerCase()));
  const added = Object.entries((headers ?? {}) as Record<string, unknown>).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...argument, headers: [...given, ...(Array.isArray(given[0]) ? added : added.flat())] };
}

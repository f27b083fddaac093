import type http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { patch } from '@corr/propagator/internal';

const GIVEN = Symbol('@corr headers as the application gave them');

type Options = object & { headers?: unknown; [GIVEN]?: readonly unknown[] };
type Request = (...args: unknown[]) => http.ClientRequest;

/**
 * Hands headers that an application gives as an array past instrumentation-http, which makes "0: name, 1: value" of them: it
 * is shown an empty object, and Node gets the array, with what was put into that object behind it. No line of the array is
 * joined, reordered or lost, as none is without us. Returns what is to be called when the instrumentation is on.
 */
export function keepArrayHeaders(): () => void {
  patchBoth(inner);
  return () => patchBoth(outer);
}

function patchBoth(replace: (request: Request) => Request): void {
  // Its hook patches at a require, which may be yet to come, or never be where all is imported.
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
  if (!Array.isArray(headers) || !Object.hasOwn(argument, 'headers')) return argument; // Node takes no option that is inherited
  const as = (value: unknown): PropertyDescriptor => ({ value, writable: true, enumerable: true, configurable: true });
  // By descriptors: options can be frozen.
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

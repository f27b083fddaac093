import http = require('node:http');
import https = require('node:https');
import { syncBuiltinESMExports } from 'node:module';
import { patch, shared } from '@corr/propagator/internal';
import { Elsewhere } from '../node/emitters';
import { whenLeaksAreControlled } from './policy';
import type { ConnectionOptions, Told } from './route';

/** What the agent was told of a request. Leak control needs it, and a request does not keep it. */
class Connecting extends Elsewhere {
  #told: Told;

  private constructor(request: object, told: Told) {
    super(request);
    this.#told = told;
  }

  static of(request: object): Told | undefined {
    return #told in request ? request.#told : undefined;
  }

  static set(request: object, told: Told): void {
    if (#told in request) request.#told = told;
    else new Connecting(request, told);
  }
}

type AddRequest = (this: http.Agent, request: http.ClientRequest, options: unknown, ...rest: unknown[]) => unknown;
type Call = (this: unknown, ...args: ({ socket?: unknown } | null | undefined)[]) => unknown;

/** What is known of the request that a call of http or https is creating. */
let calling: Told | undefined;

/** What is known of a request's connection; `undefined` if nothing is. */
export function optionsOf(request: object): Told | undefined {
  return Connecting.of(request) ?? calling;
}

/** Keeps the options of each request while leaks are controlled. `known` is called when the agent is told them. Returns its undo. */
export function keepConnectionOptions(known: (request: http.ClientRequest) => void): () => void {
  const prototype = http.Agent.prototype as unknown as { addRequest: AddRequest };
  const undo = [
    patch(prototype, 'addRequest', (original) => function (request, options) {
      if (shared.settings.mayReach !== undefined) {
        try {
          const { host, port, socket, socketPath } = (options ?? {}) as ConnectionOptions;
          Connecting.set(request, { agent: this as never, host, port, socket, socketPath });
          known(request);
        } catch {
          // A request that no client of Node's has made.
        }
      }
      return Reflect.apply(original, this, arguments);
    }),
  ];
  undo.push(whenLeaksAreControlled(() => undo.push(noteSockets())));
  return () => {
    for (const undoOne of undo.reverse()) undoOne();
  };
}

/**
 * Learns from the beginning whether a request goes over a socket of the application's, which https does: its head may be rendered before the
 * agent is told.
 */
function noteSockets(): () => void {
  const noting = (original: Call): Call => function (...args) {
    const before = calling;
    calling = { socket: socketIn(args) };
    try {
      return Reflect.apply(original, this, args);
    } finally {
      calling = before;
    }
  };
  const undo = ([http, https] as unknown as Record<'request' | 'get', Call>[]).flatMap((module) => [patch(module, 'request', noting), patch(module, 'get', noting)]);
  syncBuiltinESMExports();
  return () => {
    for (const undoOne of undo) undoOne();
    syncBuiltinESMExports();
  };
}

function socketIn(args: Parameters<Call>): unknown {
  try {
    return args.find((arg) => arg?.socket != null);
  } catch {
    return args; // a getter that throws
  }
}

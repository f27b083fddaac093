import http = require('node:http');
import https = require('node:https');
import { syncBuiltinESMExports } from 'node:module';
import { patch, shared } from '@corr/propagator/internal';
import { Elsewhere } from '../node/emitters';
import { whenLeaksAreControlled } from './policy';
import { AGENT_METHODS } from './route';
import type { ConnectionOptions } from './route';

/** What the agent was told of a request. Leak control needs it, and a request does not keep it. */
class Told extends Elsewhere {
  #options: ConnectionOptions;

  private constructor(request: object, options: ConnectionOptions) {
    super(request);
    this.#options = options;
  }

  static of(request: object): ConnectionOptions | undefined {
    return #options in request ? request.#options : undefined;
  }

  static set(request: object, options: ConnectionOptions): void {
    if (#options in request) request.#options = options;
    else new Told(request, options);
  }
}

type AddRequest = (this: http.Agent, request: http.ClientRequest, options: unknown, ...rest: unknown[]) => unknown;
type Call = (this: unknown, ...args: ({ socket?: unknown } | null | undefined)[]) => unknown;

/** What is known of the request that a call of https is creating. */
let calling: ConnectionOptions | undefined;

/** What is known of a request's connection; `undefined` if nothing is. */
export function optionsOf(request: object): ConnectionOptions | undefined {
  return Told.of(request) ?? calling;
}

/** Keeps the options of each request while leaks are controlled. `known` is called when the agent is told them. Returns its undo. */
export function keepConnectionOptions(known: (request: http.ClientRequest) => void): () => void {
  const prototype = http.Agent.prototype as unknown as { addRequest: AddRequest };
  const undo = [
    patch(prototype, 'addRequest', (original) => function (request, options) {
      if (shared.settings.mayReach !== undefined) {
        try {
          if (options !== null && typeof options === 'object') Told.set(request, options);
          known(request);
        } catch {
          // A request that no client of Node's has made.
        }
      }
      return Reflect.apply(original, this, arguments);
    }),
  ];
  AGENT_METHODS.add(prototype.addRequest);
  undo.push(whenLeaksAreControlled(() => undo.push(noteSockets())));
  return () => {
    for (const undoOne of undo.reverse()) undoOne();
  };
}

/**
 * Learns from the beginning whether a request of https goes over a socket of the application's: its head may be rendered before the agent
 * is told.
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
  const undo = [patch(https as unknown as Record<'request', Call>, 'request', noting), patch(https as unknown as Record<'get', Call>, 'get', noting)];
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

import { CorrelationIdPropagator, configureCorrelation } from '@corr/propagator';
import type { CorrelationOptions } from '@corr/propagator';
import { carryOnClient } from './client';
import { carryOnHttp2 } from './http2';
import { joinPropagators } from './join';
import { carryOnServer } from './server';
import type { ServerOptions } from './server';
import { carryOnUndici } from './undici';

/** Everything that carrying the ID over HTTP can be told. */
export interface CarrierOptions extends CorrelationOptions, ServerOptions {}

const CARRYING = Symbol.for('@corr/auto-register.carrying');
const holder = globalThis as { [CARRYING]?: true };

/**
 * Carries the ID into, through and out of this process. Returns its undo.
 *
 * Default: where a process does so already, be it through another copy, that stays and nothing is added.
 * Errors: throws a `TypeError` that names option, value and expectation, and changes nothing.
 */
export function carry(options: CarrierOptions = {}): () => void {
  if (holder[CARRYING] === true) return () => {};
  const undo = [
    configureCorrelation(options),
    carryOnServer(options),
    carryOnClient(),
    carryOnUndici(),
    carryOnHttp2(),
    joinPropagators(new CorrelationIdPropagator(options)),
  ];
  holder[CARRYING] = true;
  return () => {
    delete holder[CARRYING];
    for (const undoOne of undo.splice(0).reverse()) undoOne();
  };
}

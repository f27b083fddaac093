import { CorrelationIdPropagator, configureCorrelation } from '@corr/propagator';
import type { CorrelationOptions } from '@corr/propagator';
import { carryOnClient } from './outbound/http-client';
import { carryOnHttp2 } from './outbound/http2-client';
import { joinPropagators } from './outbound/join';
import { carryOnServer } from './inbound/http-server';
import type { ServerOptions } from './inbound/http-server';
import { carryOnUndici } from './outbound/undici';
import { carryThroughQueues } from './queues/carry-through-queues';

/** Everything that carrying the ID over HTTP can be told. */
export interface CarrierOptions extends CorrelationOptions, ServerOptions {}

const CARRYING = Symbol.for('@corr/auto-register.carrying');
/** How many hold the carriers, in whatever copy, and how the last one takes them back. */
interface Carrying { holders: number; undo(): void }
const holder = globalThis as { [CARRYING]?: Carrying };

/**
 * Carries the ID into, through and out of this process. Returns its undo.
 *
 * Default: where a process does so already, be it through another copy, that stays, as configured, until the last holder's undo.
 * Errors: throws a `TypeError` that names option, value and expectation, and changes nothing.
 */
export function carry(options: CarrierOptions = {}): () => void {
  const carrying = (holder[CARRYING] ??= start(options));
  carrying.holders++;
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    if (--carrying.holders > 0) return;
    delete holder[CARRYING];
    carrying.undo();
  };
}

function start(options: CarrierOptions): Carrying {
  const undo = [
    configureCorrelation(options),
    carryOnServer(options),
    carryOnClient(),
    carryOnUndici(),
    carryOnHttp2(),
    carryThroughQueues(),
    joinPropagators(new CorrelationIdPropagator(options)),
  ];
  return {
    holders: 0,
    undo: () => {
      for (const undoOne of undo.reverse()) undoOne();
    },
  };
}

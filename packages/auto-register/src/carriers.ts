import { CorrelationIdPropagator } from '@corr/propagator';
import type { CorrelationOptions } from '@corr/propagator';
import { addLayer } from '@corr/propagator/internal';
import { noticeLines } from './hops/requests';
import { carryOnServers } from './inbound/http-server';
import { carryInServerless } from './inbound/serverless';
import { reportInContext } from './inbound/uncaught';
import { carryOnClients } from './outbound/http-client';
import { carryOnHttp2 } from './outbound/http2-client';
import { joinPropagators } from './outbound/join';
import { carryOnUndici } from './outbound/undici';
import { carryThroughQueues } from './queues/carry-through-queues';

const CARRYING = Symbol.for('@corr/auto-register.carrying');
/** The number of holders of the carriers, across all copies, and the undo that the last holder calls. */
interface Carrying { holders: number; undo(): void }
const holder = globalThis as { [CARRYING]?: Carrying };

/**
 * Carries the ID into, through and out of this process. Returns its undo, and the options that are not in force as given.
 *
 * Default: if this process already carries, even through another copy of the package, these options are added to the others: for a
 * security control the stricter value is in force, else the older one. Errors: throws a `TypeError` that names option, value and
 * expectation, and changes nothing.
 */
export function carry(options: CorrelationOptions = {}): { undo: () => void; ignored: string[] } {
  const layer = addLayer(options);
  const carrying = (holder[CARRYING] ??= start());
  carrying.holders++;
  let held = true;
  return {
    ignored: layer.ignored,
    undo: () => {
      if (!held) return;
      held = false;
      layer.undo();
      if (--carrying.holders > 0) return;
      delete holder[CARRYING];
      carrying.undo();
    },
  };
}

/** The carriers by protocol or library. */
export const CARRIERS: Readonly<Record<string, () => () => void>> = {
  'http, https and http2 servers': carryOnServers,
  'serverless adapters': carryInServerless,
  'uncaught errors': reportInContext,
  'http and https clients': carryOnClients,
  'fetch and undici': carryOnUndici,
  'http2 clients': carryOnHttp2,
  'queues and pools of known libraries': carryThroughQueues,
  'records of hops': noticeLines,
  "OpenTelemetry's propagator": () => joinPropagators(new CorrelationIdPropagator()),
};

function start(): Carrying {
  const undo = Object.values(CARRIERS).map((carryOne) => carryOne());
  return {
    holders: 0,
    undo: () => {
      for (const undoOne of undo.reverse()) undoOne();
    },
  };
}

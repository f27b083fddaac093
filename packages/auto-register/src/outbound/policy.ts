import {
  activeContext,
  HOP_ENTRY,
  aliasId,
  baggageMember,
  callerOf,
  hopValue,
  idOf,
  isSuppressed,
  onSettings,
  otelApi,
  relayOf,
  shared,
  textOf,
  withBaggageMember,
  withoutBaggageMember,
} from '@corr/propagator/internal';
import type { Route } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { listOf } from '../node/header-block';
import { watch } from '../node/watch';

/** What happens to one outgoing request: fields to add, and fields that it has to change or, with `undefined`, to remove. */
export interface Outbound {
  add: [name: string, value: string][];
  change: [name: string, value: string | undefined][];
  /** The number of this call, if hops are on and the request carries one. */
  call?: string;
}

const NOTHING: Outbound = { add: [], change: [] };

/** The context whose ID an outgoing request carries; `undefined` if there is none or the request is an exporter's own. */
export function outboundContext(): Context | undefined {
  const context = activeContext();
  if (context === undefined) {
    watch.sent?.(undefined, undefined, NOTHING);
    return undefined;
  }
  const otel = otelApi()?.context?.active();
  return otel !== undefined && isSuppressed(otel) ? undefined : context;
}

/**
 * Decides what a request in that context sends on that route; `own` reads the fields that the request already has, and `call` is the number
 * that it has already.
 *
 * | who wrote the field                     | every host on the way may have the ID   | some host may not           |
 * |-----------------------------------------|-----------------------------------------|-----------------------------|
 * | header: nobody                          | we write it                             | –                           |
 * | header, alias: the application          | stays                                   | is removed if it is this ID |
 * | alias: a registered propagator          | stays                                   | stays: it is a trace's ID   |
 * | baggage: nobody, no propagator          | our member, after the relayed ones      | –                           |
 * | baggage: nobody, a baggage propagator   | our member                              | –                           |
 * | baggage: the application                | stays                                   | our member is removed       |
 * | baggage: a registered propagator        | our member is added, if withheld        | our member is removed       |
 * | hop, in baggage: anybody                | the number of this call                 | is removed                  |
 * | trace context: nobody, no propagator    | the relayed one                         | –                           |
 * | trace context: anybody                  | stays                                   | stays                       |
 *
 * With leak control, our member is withheld from registered propagators, because they do not know the target.
 * A request without a route is for a proxy; no host on the way may have the ID.
 */
export function outbound(context: Context, route: (() => Route) | undefined, own: (name: string) => unknown, call?: string): Outbound {
  const { accept, mayReach } = shared.settings;
  const result: Outbound = { add: [], change: [] };
  const id = idOf(context);
  if (id === undefined || accept(id) !== id) return result;
  if (route !== undefined && (mayReach === undefined || mayReach(route()))) give(result, context, id, own, call);
  else withhold(result, id, own);
  watch.sent?.(id, route?.(), result);
  return result;
}

function give(result: Outbound, context: Context, id: string, own: (name: string) => unknown, call: string | undefined): void {
  const { add, change } = result;
  const { field, hops, mayReach } = shared.settings;
  const given = own(field);
  if (given === undefined) add.push([field, id]);

  const registered = otelApi()?.propagation !== undefined;
  const baggage = textOf(own('baggage'));
  const relay = registered ? undefined : relayOf(context);
  const hop = hops ? callerOf(context) : undefined;
  // If the application has set another ID, this is not a call of this request.
  if (hop !== undefined && (given === undefined || textOf(given) === id)) result.call = call ?? hop.nextCallOf(baggageMember(baggage, HOP_ENTRY));
  const value = result.call === undefined ? null : hopValue(result.call, id);
  if (baggage === undefined) {
    if (value !== null || !registered || propagates('baggage')) add.push(['baggage', withBaggageMember(relay?.find(([name]) => name === 'baggage')?.[1], id, hops ? value : undefined)]);
  } else if (value !== null || (registered && mayReach !== undefined)) change.push(['baggage', withBaggageMember(baggage, id, hops ? value : undefined)]);
  else if (hops) {
    const others = withoutBaggageMember(baggage, [HOP_ENTRY]);
    if (others !== baggage) change.push(['baggage', others]);
  }

  if (relay === undefined || own('traceparent') !== undefined) return;
  for (const [name, value] of relay) if (name !== 'baggage' && own(name) === undefined) add.push([name, value]);
}

/** Removes our fields, which a proxy has if it copies everything that it received. */
function withhold({ change }: Outbound, id: string, own: (name: string) => unknown): void {
  const { aliases, field } = shared.settings;
  if (listOf(own(field)).includes(id)) change.push([field, undefined]);
  for (const alias of aliases) {
    const given = own(alias);
    if (given === undefined || propagates(alias)) continue;
    if (aliasId(alias, given) === id || listOf(given).includes(id)) change.push([alias, undefined]);
  }
  const baggage = textOf(own('baggage'));
  const others = withoutBaggageMember(baggage);
  if (others !== baggage) change.push(['baggage', others]);
}

function propagates(field: string): boolean {
  return otelApi()?.propagation?.fields().some((name) => name.toLowerCase() === field) === true;
}

/** Calls back once, as soon as some host may not have the ID: only then are routes needed. Returns its undo. */
export function whenLeaksAreControlled(once: () => void): () => void {
  const check = (): void => {
    if (shared.settings.mayReach === undefined) return;
    stop();
    once();
  };
  const stop = onSettings(check);
  check();
  return stop;
}

import {
  activeContext,
  HOP_ENTRY,
  aliasId,
  baggageMember,
  hopOf,
  hopValue,
  idOf,
  isSuppressed,
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

/** What one outgoing request gets: fields to add, and fields to set anew or (`undefined`) to take out of those that it has. */
export interface Outbound {
  add: [name: string, value: string][];
  change: [name: string, value: string | undefined][];
  /** The number of this call, where hops are on and it takes one along. */
  call?: string;
}

const NOTHING: Outbound = { add: [], change: [] };

/** The context whose ID an outgoing request takes along; `undefined` when there is none, or the request is an exporter's own. */
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
 * What a request in that context sends that way, the fields that it has already given by `own`.
 *
 * | who wrote the field                     | everybody on the way may have the ID    | somebody may not            |
 * |-----------------------------------------|-----------------------------------------|-----------------------------|
 * | header: nobody                          | we write it                             | –                           |
 * | header, alias: the application          | stays                                   | taken out if it is this ID  |
 * | alias: a registered propagator          | stays                                   | stays: a trace is its own   |
 * | baggage: nobody, no propagator          | our member, behind what is relayed      | –                           |
 * | baggage: nobody, a propagator of it     | our member                              | –                           |
 * | baggage: the application                | stays                                   | our member is taken out     |
 * | baggage: a registered propagator        | our member is added, if withheld        | our member is taken out     |
 * | hop, in baggage: anybody                 | the number of this call         | taken out                   |
 * | trace context: nobody, no propagator    | what is relayed                         | –                           |
 * | trace context: anybody                  | stays                                   | stays                       |
 *
 * It is withheld from a registered propagator where there is leak control at all: a propagator knows no targets.
 * A request without a route is for a proxy, and nobody on the way may have the ID.
 */
export function outbound(context: Context, route: (() => Route) | undefined, own: (name: string) => unknown): Outbound {
  const { accept, mayReach } = shared.settings;
  const result: Outbound = { add: [], change: [] };
  const id = idOf(context);
  if (id === undefined || accept(id) !== id) return result;
  if (route !== undefined && (mayReach === undefined || mayReach(route()))) give(result, context, id, own);
  else withhold(result, id, own);
  watch.sent?.(id, route?.(), result);
  return result;
}

function give(result: Outbound, context: Context, id: string, own: (name: string) => unknown): void {
  const { add, change } = result;
  const { field, hops, mayReach } = shared.settings;
  const given = own(field);
  if (given === undefined) add.push([field, id]);

  const registered = otelApi()?.propagation !== undefined;
  const baggage = textOf(own('baggage'));
  const relay = registered ? undefined : relayOf(context);
  const hop = hops ? hopOf(context) : undefined;
  // Under an ID of the application's own it is no call of this request.
  if (hop !== undefined && (given === undefined || textOf(given) === id)) result.call = hop.nextCallOf(baggageMember(baggage, HOP_ENTRY));
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

/** A proxy copies all that it received, our fields among them. */
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


import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { show } from './accept';
import { baggageId, callerOf, contextWithId, hopOf, idOf, isSuppressed, privateId, withoutBaggageEntry } from './context';
import { aliasId } from './aliases';
import { baggageMember, textOf, withBaggageMember, withoutBaggageMember } from './baggage-header';
import { HOP_ENTRY, callIn } from './hops';
import { kept, overlaid } from './layers';
import { settingsFrom } from './settings';
import { newHop } from './scope';
import type { CorrelationOptions, Settings } from './settings';
import { shared } from './shared';
import { parseAuthority } from './targets';
import { warnOnce } from './warn-once';

// As constants of this module: the API exports an accessor, and reading it takes longer than the rest of an `extract` of nothing.
const ROOT = ROOT_CONTEXT;
const state = shared;

/** Options of the propagator. */
export interface CorrelationIdPropagatorOptions extends CorrelationOptions {
  /**
   * Create an ID in `extract` if neither the carrier nor the context has one. Default `false`, because queue instrumentations
   * extract once for each message and would create IDs that nobody uses.
   */
  generate?: boolean;
}

/**
 * Carries the ID in its own header, as a `TextMapPropagator`, alone or in a composite.
 *
 * Errors: the constructor throws a `TypeError` that names the option, the value and what was expected. The methods never throw.
 * Source: OpenTelemetry specification, Propagators API.
 */
export class CorrelationIdPropagator implements TextMapPropagator {
  private readonly options: CorrelationOptions;
  private readonly mint: boolean;
  /** The process's settings that `settings` was computed from. */
  private base: Settings | undefined;
  private settings: Settings = shared.settings;

  constructor({ generate = false, ...options }: CorrelationIdPropagatorOptions = {}) {
    if (typeof generate !== 'boolean') throw new TypeError(`generate: ${show(generate)} - expected true or false`);
    settingsFrom(options);
    this.mint = generate;
    this.options = kept(options);
  }

  /** Writes the header, unless there is no ID, tracing is suppressed, the carrier has the header already, or the host may not receive the ID. */
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    try {
      const { accept, field, hops, mayReach } = this.current();
      const found = idOf(context);
      // Checked again, because anybody can set the private key, and a bad value would make an HTTP client throw.
      if (found === undefined || accept(found) !== found || isSuppressed(context)) return;
      const own = carries(carrier, field);
      if (own && !hops) return;
      if (mayReach !== undefined && !mayReach({ connection: authorityOf(carrier), others: [] })) return withhold(carrier, setter);
      if (!own) setter.set(carrier, field, found);
      const hop = hops ? callerOf(context) : undefined;
      if (hop !== undefined && (!own || [fieldIn(carrier, field)].flat()[0] === found)) {
        setter.set(carrier, 'baggage', withBaggageMember(textOf(fieldIn(carrier, 'baggage')), found, hop.write(found)));
      }
    } catch {
      // A carrier or setter that throws must not make its request fail.
    }
  }

  /** The context with the ID of the header, of the first alias, or of the baggage; the same object if none of them is acceptable. */
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const { field, aliases } = this.current();
    const value = valueOf(carrier, getter, field);
    // The fast way out: no header, no alias to read, no baggage in the context, and no ID to create.
    if (value === undefined && context === ROOT && aliases.length === 0 && !this.mint) return context;
    return this.extracted(context, value, carrier, getter);
  }

  /** The header that `inject` writes and, with hops, `baggage`. */
  fields(): string[] {
    const { field, hops } = this.current();
    return hops ? [field, 'baggage'] : [field];
  }

  /** The process's current settings, with the options of this propagator on top. */
  private current(): Settings {
    const { settings } = state;
    if (settings !== this.base) {
      this.base = settings;
      this.settings = Object.values(this.options).every((option) => option === undefined) ? settings : overlaid(this.options, settings);
    }
    return this.settings;
  }

  private extracted(context: Context, value: unknown, carrier: unknown, getter: TextMapGetter): Context {
    try {
      const { accept, generate } = this.settings;
      const id = this.read(value, carrier, getter) ?? baggageId(context, accept);
      if (id === undefined) {
        if (!this.mint || typeof privateId(context) === 'string') return context;
        // A baggage propagator that comes after this one has not read the header yet.
        return this.entered(context, accept(baggageMember(textOf(valueOf(carrier, getter, 'baggage')))) ?? generate(), carrier, getter);
      }
      return privateId(context) === id && baggageId(context, accept) === id ? context : this.entered(context, id, carrier, getter);
    } catch {
      return context;
    }
  }

  /** The context with the ID and, if hops are on, with a hop: the one of the request as it was admitted, or a new one. */
  private entered(context: Context, id: string, carrier: unknown, getter: TextMapGetter): Context {
    const entered = this.withHop(context, id, carrier, getter);
    // A baggage propagator does not know which host may have the ID. The preload keeps the entry from it when it injects.
    return this.options.propagateTo === undefined ? entered : withoutBaggageEntry(entered);
  }

  private withHop(context: Context, id: string, carrier: unknown, getter: TextMapGetter): Context {
    if (!this.settings.hops) return contextWithId(context, id);
    const call = callIn(baggageMember(textOf(valueOf(carrier, getter, 'baggage')), HOP_ENTRY), id);
    const admitted = [shared.admitted, shared.store.getStore()].find((each) => each !== undefined && idOf(each) === id);
    const hop = admitted === undefined ? undefined : hopOf(admitted);
    return contextWithId(context, id, { hop: hop !== undefined && hop.answers === call ? hop : newHop(call, true) });
  }

  private read(value: unknown, carrier: unknown, getter: TextMapGetter): string | undefined {
    const { accept, aliases } = this.settings;
    if (value !== undefined) {
      const id = accept(value);
      if (id !== undefined) return id;
      warnUnacceptable();
    }
    for (const alias of aliases) {
      const id = accept(aliasId(alias, valueOf(carrier, getter, alias)));
      if (id !== undefined) return id;
    }
    return undefined;
  }
}

/** Warns once per process that unacceptable IDs arrive. It does not show them, because anybody can send them. */
export function warnUnacceptable(): void {
  warnOnce('unacceptable', 'Requests arrive with an unacceptable Correlation-Id; it is treated as absent.');
}

/** Removes what a baggage propagator before this one has written for a host that may not have the ID. */
function withhold(carrier: unknown, setter: TextMapSetter): void {
  const baggage = textOf(fieldIn(carrier, 'baggage'));
  const others = withoutBaggageMember(baggage);
  if (others === baggage) return;
  if (others === undefined) for (const key of Object.keys(carrier as object)) if (key.toLowerCase() === 'baggage') Reflect.deleteProperty(carrier as object, key);
  if (others !== undefined) setter.set(carrier, 'baggage', others);
}

function valueOf(carrier: unknown, getter: TextMapGetter, key: string): unknown {
  try {
    return getter.get(carrier, key);
  } catch {
    return undefined; // a getter that fails on one header may still read the next
  }
}

/** True if we can see that the carrier has the field: then the application's own header wins. */
function carries(carrier: unknown, field: string): boolean {
  return fieldIn(carrier, field) !== undefined;
}

/** The value of a field that we can see on the carrier, with its name in any case. */
function fieldIn(carrier: unknown, field: string): unknown {
  if (carrier === null || typeof carrier !== 'object') return undefined;
  const { get } = carrier as { get?: unknown };
  if (typeof get === 'function') {
    const value: unknown = get.call(carrier, field); // Headers, Map, gRPC Metadata
    return Array.isArray(value) && value.length === 0 ? undefined : (value ?? undefined);
  }
  const fields = carrier as Record<string, unknown>;
  if (fields[field] !== undefined) return fields[field];
  for (const key in fields) {
    if (key.length === field.length && key.toLowerCase() === field && fields[key] !== undefined) return fields[key];
  }
  return undefined;
}

function authorityOf(carrier: unknown): ReturnType<typeof parseAuthority> {
  if (carrier === null || typeof carrier !== 'object') return undefined;
  const fields = carrier as Record<string, unknown>;
  return parseAuthority(fields[':authority'] ?? fields['host'] ?? fields['Host']);
}

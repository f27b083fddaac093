import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { show } from './accept';
import { baggageId, contextWithId, idOf, isSuppressed, privateId } from './context';
import { settingsFrom, warnOnce } from './settings';
import type { CorrelationOptions, Settings } from './settings';
import { parseAuthority } from './targets';

/** Options of the propagator. */
export interface CorrelationIdPropagatorOptions extends CorrelationOptions {
  /**
   * Makes an ID in `extract` when the carrier has none and neither has the context. Default `false`: queue
   * instrumentations extract once per message, and would make IDs that nobody uses.
   */
  generate?: boolean;
}

/**
 * Carries the ID in a header of its own, as a `TextMapPropagator` for a composite or alone.
 *
 * Errors: the constructor throws a `TypeError` that names option, value and expectation; the methods never throw.
 * Source: OpenTelemetry specification, Propagators API.
 */
export class CorrelationIdPropagator implements TextMapPropagator {
  private readonly settings: Settings;
  private readonly mint: boolean;
  private readonly field: string;
  /** A context that stays as it is when the one header is absent: no alias to read, no baggage in it, no ID to make. */
  private readonly empty: Context | undefined;

  constructor(options: CorrelationIdPropagatorOptions = {}) {
    const { generate = false } = options;
    if (typeof generate !== 'boolean') throw new TypeError(`generate: ${show(generate)} - expected true or false`);
    this.settings = settingsFrom(options);
    this.mint = generate;
    this.field = this.settings.field;
    this.empty = !generate && this.settings.aliases.length === 0 ? ROOT_CONTEXT : undefined;
  }

  /** Writes the header, unless there is no ID, tracing is suppressed, the carrier has one already, or it goes where no ID may go. */
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    try {
      const { accept, mayReach } = this.settings;
      const found = idOf(context);
      // Checked again: the private key can be set by anybody, and a bad value would make an HTTP client throw.
      if (found === undefined || accept(found) !== found || isSuppressed(context)) return;
      if (carries(carrier, this.field)) return;
      if (mayReach !== undefined && !mayReach(authorityOf(carrier))) return;
      setter.set(carrier, this.field, found);
    } catch {
      // A carrier or setter that throws must not cost the request that it is for.
    }
  }

  /** The context with the ID of the header, of the first alias, or of the baggage; the very same context when none is acceptable. */
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const value = valueOf(carrier, getter, this.field);
    // Nothing, as fast as anybody.
    return value === undefined && context === this.empty ? context : this.extracted(context, value, carrier, getter);
  }

  /** The one header that `inject` writes. */
  fields(): string[] {
    return [this.field];
  }

  private extracted(context: Context, value: unknown, carrier: unknown, getter: TextMapGetter): Context {
    try {
      const { accept } = this.settings;
      const id = this.read(value, carrier, getter) ?? baggageId(context, accept);
      if (id === undefined) {
        return this.mint && typeof privateId(context) !== 'string' ? contextWithId(context, this.settings.generate()) : context;
      }
      return privateId(context) === id && baggageId(context, accept) === id ? context : contextWithId(context, id);
    } catch {
      return context;
    }
  }

  private read(value: unknown, carrier: unknown, getter: TextMapGetter): string | undefined {
    const { accept, aliases } = this.settings;
    if (value !== undefined) {
      const id = accept(value);
      if (id !== undefined) return id;
      warnUnacceptable();
    }
    for (const alias of aliases) {
      const id = accept(valueOf(carrier, getter, alias));
      if (id !== undefined) return id;
    }
    return undefined;
  }
}

/** Says once per process that bad IDs arrive, and not which: they are whatever a stranger sent. */
export function warnUnacceptable(): void {
  warnOnce('unacceptable', 'Requests arrive with an unacceptable Correlation-Id; it is treated as absent.');
}

function valueOf(carrier: unknown, getter: TextMapGetter, key: string): unknown {
  try {
    return getter.get(carrier, key);
  } catch {
    return undefined; // a getter that fails on one header can still be asked for the next
  }
}

/** True when the carrier visibly has the field: the application's own header wins. */
function carries(carrier: unknown, field: string): boolean {
  if (carrier === null || typeof carrier !== 'object') return false;
  const { get } = carrier as { get?: unknown };
  if (typeof get === 'function') {
    const value: unknown = get.call(carrier, field); // Headers, Map, gRPC Metadata
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
  }
  const fields = carrier as Record<string, unknown>;
  if (fields[field] !== undefined) return true;
  for (const key in fields) {
    if (key.length === field.length && key.toLowerCase() === field && fields[key] !== undefined) return true;
  }
  return false;
}

function authorityOf(carrier: unknown): ReturnType<typeof parseAuthority> {
  if (carrier === null || typeof carrier !== 'object') return undefined;
  const fields = carrier as Record<string, unknown>;
  return parseAuthority(fields[':authority'] ?? fields['host'] ?? fields['Host']);
}

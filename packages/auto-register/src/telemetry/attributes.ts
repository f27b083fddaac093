import { getCorrelationId } from '@corr/propagator';
import { activeHop, hopOf, idOf } from '@corr/propagator/internal';
import type * as Api from '@opentelemetry/api';

/** Name of the attribute on spans and log records. */
const ATTRIBUTE = 'correlation.id';
const HOP_ATTRIBUTE = 'correlation.hop';

/** The ID and, if enabled, the hop: from the context if it has them, else from the active one. */
function attributesOf(context: Api.Context | undefined): Record<string, string> | undefined {
  const own = context === undefined ? undefined : idOf(context);
  const id = own ?? getCorrelationId();
  if (id === undefined) return undefined;
  const hop = (own === undefined || context === undefined ? undefined : hopOf(context)) ?? (own === undefined || own === getCorrelationId() ? activeHop() : undefined);
  return hop === undefined ? { [ATTRIBUTE]: id } : { [ATTRIBUTE]: id, [HOP_ATTRIBUTE]: hop.number };
}

interface LogRecord {
  attributes?: Record<string, unknown>;
  context?: Api.Context;
}
interface Logger {
  emit(record: LogRecord): void;
}
export interface LoggerProvider {
  getLogger(...args: unknown[]): Logger;
}

/**
 * A tracer provider that starts every span with the ID as an attribute.
 *
 * This is not a span processor, because the SDK creates its processors from the environment only if it is given none.
 */
export function correlatedTracers(provider: Api.TracerProvider, api: typeof Api): Api.TracerProvider {
  return override(provider, 'getTracer', (...args) => correlatedTracer(provider.getTracer(...args), api));
}

function correlatedTracer(tracer: Api.Tracer, { context, trace }: typeof Api): Api.Tracer {
  const startSpan: Api.Tracer['startSpan'] = (name, options, parent = context.active()) => {
    const ours = attributesOf(parent);
    // Not `{ ...attributes }` after a computed name: Node 20 makes that a dictionary-mode object, which is slow for every reader.
    const started = ours === undefined ? options : { ...options, attributes: Object.assign(ours, options?.attributes) };
    return tracer.startSpan(name, started, parent);
  };
  const startActiveSpan = (name: string, ...rest: unknown[]): unknown => {
    const fn = rest.at(-1) as (span: Api.Span) => unknown;
    const options = rest.length > 1 ? (rest[0] as Api.SpanOptions | undefined) : undefined;
    const parent = rest.length > 2 ? (rest[1] as Api.Context) : context.active();
    const span = startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), fn, undefined, span);
  };
  return Object.create(tracer, { startSpan: { value: startSpan }, startActiveSpan: { value: startActiveSpan } }) as Api.Tracer;
}

/** A logger provider that adds the ID as an attribute to all records. */
export function correlatedLoggers(provider: LoggerProvider): LoggerProvider {
  return override(provider, 'getLogger', (...args) => {
    const logger = provider.getLogger(...args);
    return override(logger, 'emit', (record) => {
      const ours = attributesOf(record.context);
      logger.emit(ours === undefined ? record : { ...record, attributes: { ...ours, ...record.attributes } });
    });
  });
}

/** The same object with one method replaced. */
function override<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): T {
  return new Proxy(target, {
    get(_, key) {
      if (key === name) return method;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

import { acceptRule, show } from './accept';
import type { Accept, AcceptOptions } from './accept';
import { generatorOf } from './generators';
import type { Generator } from './generators';
import { routeRule } from './targets';
import type { MayReach } from './targets';

/** Fields of the inbound request that its calls can pass on. */
export type RelayedField = 'tracecontext' | 'baggage';

/** Options of a whole process: the header, which IDs are acceptable, how to create one, whom to trust, and who may receive it. */
export interface CorrelationOptions extends AcceptOptions {
  /** Header to read, send and return. Default `Correlation-Id`. */
  header?: string;
  /** More headers to read, in this order. `traceparent`, `b3`, `X-Amzn-Trace-Id` and `X-Cloud-Trace-Context` provide their trace ID. Default none. */
  aliases?: readonly string[];
  /** How to create an ID: a function, or `uuid`, `uuidv7`, `hex32` or `ulid`. Default `uuid`, also if the function throws or returns an unacceptable ID. */
  generator?: Generator | (() => string);
  /** Hosts that may receive the ID: `localhost`, `*.internal`, `api.example.com:8443`, `10.0.0.0/8`. `!host` excludes a host. Default all. */
  propagateTo?: readonly string[];
  /** Keep the acceptable ID of a request. `false`: always create a new ID; use it at a public edge. Default `true`. */
  trustIncoming?: boolean;
  /** Return the ID in the response. Default `true`. */
  echo?: boolean;
  /** Append the header to `Access-Control-Expose-Headers`, so that scripts from other origins can read it. Default `false`. */
  expose?: boolean;
  /** What calls pass on of a trusted inbound request, to hosts that may receive the ID: `tracecontext`, `baggage`. Default none. */
  relay?: readonly RelayedField[];
  /** Number the hops of a request, in baggage and on log lines. Default `false`. */
  hops?: boolean;
}

/** Options as the code uses them: checked, with all defaults resolved. */
export interface Settings {
  /** Name as written into a response. */
  readonly header: string;
  /** The same in lower case: the key in carriers, some of which are case-sensitive. */
  readonly field: string;
  /** Lower-case names that are read besides `field`. */
  readonly aliases: readonly string[];
  readonly accept: Accept;
  readonly generate: () => string;
  /** `undefined`: every target may receive the ID. */
  readonly mayReach: MayReach | undefined;
  readonly trustIncoming: boolean;
  readonly echo: boolean;
  readonly expose: boolean;
  readonly relay: readonly RelayedField[];
  readonly hops: boolean;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Headers that frame a message, that have a meaning for the receiver, or that others write: an ID in one would break it.
const TAKEN = new Set(
  (
    'accept accept-encoding accept-language age allow authorization baggage cache-control connection content-encoding content-language ' +
    'content-length content-location content-range content-type cookie date etag expect expires forwarded from host http2-settings ' +
    'if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified location max-forwards origin ' +
    'proxy-authenticate proxy-authorization proxy-connection range referer retry-after server set-cookie te trailer transfer-encoding ' +
    'upgrade user-agent vary via www-authenticate x-forwarded-for x-forwarded-host x-forwarded-proto'
  ).split(' '),
);
/** Trace fields: an alias can be one, because its trace ID is read, but the ID is not sent in one. */
const TRACES = new Set(['traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-amzn-trace-id', 'x-cloud-trace-context', 'uber-trace-id', 'sentry-trace']);

/**
 * Checks options and adds the defaults.
 *
 * Errors: throws a `TypeError` that names the option, the value and what was expected.
 */
export function settingsFrom(options: CorrelationOptions = {}): Settings {
  const { header = 'Correlation-Id', aliases = [], generator = 'uuid', propagateTo, relay = [] } = options;
  checkHeaderName('header', header);
  if (TRACES.has(header.toLowerCase())) throw taken('header', header);
  if (!Array.isArray(aliases)) throw new TypeError(`aliases: ${show(aliases)} - expected an array of header names`);
  for (const alias of aliases as readonly unknown[]) checkHeaderName('aliases', alias);
  if (!Array.isArray(relay)) throw new TypeError(`relay: ${show(relay)} - expected an array of tracecontext, baggage`);
  for (const field of relay as readonly unknown[]) {
    if (field !== 'tracecontext' && field !== 'baggage') throw new TypeError(`relay: ${show(field)} - expected tracecontext or baggage`);
  }
  const accept = acceptRule(options);
  return {
    header,
    field: keyOf(header),
    aliases: aliases.map(keyOf),
    accept,
    generate: generatorOf(generator, accept),
    mayReach: routeRule(propagateTo),
    trustIncoming: flag('trustIncoming', options.trustIncoming, true),
    echo: flag('echo', options.echo, true),
    expose: flag('expose', options.expose, false),
    relay: [...relay],
    hops: flag('hops', options.hops, false),
  };
}

function flag(option: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw new TypeError(`${option}: ${show(value)} - expected true or false`);
  return value;
}

/** The lower-case name as V8's internalized string for property keys; an equal but different string costs a lookup at each access. */
function keyOf(header: string): string {
  return Object.keys({ [header.toLowerCase()]: true })[0] as string;
}

function checkHeaderName(option: string, name: unknown): void {
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new TypeError(`${option}: ${show(name)} - expected an HTTP header name (a token of RFC 9110, section 5.6.2)`);
  }
  if (TAKEN.has(name.toLowerCase()) || /^(?:access-control|proxy|sec)-/i.test(name)) throw taken(option, name);
}

function taken(option: string, name: string): TypeError {
  return new TypeError(`${option}: ${show(name)} - expected a header that has no other meaning`);
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Context, ContextManager } from '@opentelemetry/api';
import { acceptRule, show } from './accept';
import type { Accept, AcceptOptions } from './accept';
import { otelApi } from './otel-api';
import { targetRule } from './targets';
import type { Matches } from './targets';

/** What an ID is called, which IDs count, how one is made and who may be given it. */
export interface CorrelationOptions extends AcceptOptions {
  /** Header that is read, sent and echoed. Default `Correlation-Id`. */
  header?: string;
  /** Further headers to read, in order. Default none. */
  aliases?: readonly string[];
  /** Makes an ID where none came. Default `crypto.randomUUID`; if it throws or its ID is unacceptable, that default steps in. */
  generator?: () => string;
  /** Hosts that may be given the ID: `localhost`, `*.internal`, `api.example.com:8443`. Default all. */
  propagateTo?: readonly string[];
}

/** Options as the code uses them: checked, with nothing left to decide. */
export interface Settings {
  /** Name as it is written into a response. */
  readonly header: string;
  /** The same in lower case: the key in carriers, some of which are case-sensitive. */
  readonly field: string;
  /** Lower-case names to read besides `field`. */
  readonly aliases: readonly string[];
  readonly accept: Accept;
  readonly generate: () => string;
  /** `undefined`: every target may be given the ID. */
  readonly mayReach: Matches | undefined;
}

interface Shared {
  readonly store: AsyncLocalStorage<Context | undefined>;
  readonly warned: Set<string>;
  /** OpenTelemetry's context manager where it keeps its contexts in this store. */
  manager: ContextManager | undefined;
  settings: Settings;
  processId: string | undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Checks options and fills in the defaults.
 *
 * Errors: throws a `TypeError` that names option, value and expectation.
 */
export function settingsFrom(options: CorrelationOptions = {}): Settings {
  const { header = 'Correlation-Id', aliases = [], generator = randomUUID, propagateTo } = options;
  checkHeaderName('header', header);
  if (!Array.isArray(aliases)) throw new TypeError(`aliases: ${show(aliases)} - expected an array of header names`);
  for (const alias of aliases as readonly unknown[]) checkHeaderName('aliases', alias);
  if (typeof generator !== 'function') throw new TypeError(`generator: ${show(generator)} - expected a function`);
  const accept = acceptRule(options);
  return {
    header,
    field: keyOf(header),
    aliases: aliases.map(keyOf),
    accept,
    generate: generator === randomUUID ? randomUUID : () => generated(generator, accept),
    mayReach: targetRule(propagateTo),
  };
}

/** In lower case, and the very string that V8 keeps for property keys: another one that is equal has to be found there at each look. */
function keyOf(header: string): string {
  return Object.keys({ [header.toLowerCase()]: true })[0] as string;
}

function checkHeaderName(option: string, name: unknown): void {
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new TypeError(`${option}: ${show(name)} - expected an HTTP header name (a token of RFC 9110, section 5.6.2)`);
  }
}

function generated(generator: () => string, accept: Accept): string {
  try {
    const id: unknown = generator();
    // Compared, because of "a,b" the rule would keep "a": fine for what arrives, not for what we make.
    if (id !== undefined && accept(id) === id) return id as string;
  } catch {
    // A request must not fail for want of an ID.
  }
  warnOnce('generator', 'The generator threw or made an unacceptable Correlation-Id; random UUIDs are used in its place.');
  return randomUUID();
}

// One per process, whatever number of copies of this package are installed: an ID entered through one is read through all.
const SHARED = Symbol.for('@corr/propagator.1');
const holder = globalThis as { [SHARED]?: Shared };

/** The state that all copies of this package in a process have in common. */
export const shared: Shared = (holder[SHARED] ??= firstShared());

function firstShared(): Shared {
  const settings = settingsFrom();
  return { store: new AsyncLocalStorage(), warned: new Set(), manager: undefined, settings, processId: processIdFrom(settings) };
}

/** Surrounding white space counts as little as around a header's value; a second member has no business here. */
function processIdFrom({ accept }: Settings): string | undefined {
  const id = process.env['CORRELATION_ID']?.trim();
  return accept(id) === id ? id : undefined;
}

/**
 * Sets the process-wide options: of the functions here, the carriers and the log stamp. Returns its undo.
 *
 * Errors: throws a `TypeError` that names option, value and expectation, and changes nothing.
 */
export function configureCorrelation(options: CorrelationOptions): () => void {
  const before = { settings: shared.settings, processId: shared.processId };
  shared.settings = settingsFrom(options);
  shared.processId = processIdFrom(shared.settings);
  return () => Object.assign(shared, before);
}

/** Tells the application's diag logger, once it has set one, once per process and kind; never with remote data in it. */
export function warnOnce(kind: string, message: string): void {
  if (shared.warned.has(kind)) return;
  const diag = otelApi()?.diag;
  if (diag === undefined) return;
  shared.warned.add(kind);
  try {
    diag.warn(`@corr: ${message}`);
  } catch {
    // The request that the warning is about goes on.
  }
}

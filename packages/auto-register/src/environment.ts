import type { StampLoggersOptions } from '@corr/log-bridge';
import { checkedField } from '@corr/log-bridge/internal';
import type { CorrelationOptions } from '@corr/propagator';
import { HOP_VARIABLE, settingsFrom } from '@corr/propagator/internal';
import { telemetryFrom } from './telemetry/mode';
import type { Environment, Mode, Telemetry } from './telemetry/mode';

/** What the preload does, as set by the environment. */
export interface Configuration {
  carriers: CorrelationOptions;
  /** Report on stderr what was found, patched and decided. */
  debug: boolean;
  log: StampLoggersOptions;
  mode: Mode;
  telemetry: Telemetry;
}

interface Variable {
  name: string;
  /** The default as shown in a warning. */
  fallback: string;
  /** Stores the value in the configuration. Throws if it is invalid; the expectation follows the last ` - ` of the message. */
  take(value: string, into: Configuration): void;
  /** For a security control: an invalid value sets this closed value instead of the default. */
  close?: { to: string; in(into: Configuration): void };
}

const option = (name: string, fallback: string, take: (value: string) => CorrelationOptions): Variable => ({
  name,
  fallback,
  take: (value, { carriers }) => {
    const options = take(value);
    settingsFrom(options);
    Object.assign(carriers, options);
  },
});

/** All variables, in the order of the README's table. */
export const VARIABLES: readonly Variable[] = [
  option('CORR_HEADER', 'Correlation-Id', (header) => ({ header })),
  option('CORR_ALIASES', 'none', (value) => ({ aliases: list(value) })),
  {
    ...option('CORR_TRUST_INCOMING', 'true', (value) => ({ trustIncoming: flag(value) })),
    close: { to: 'false', in: ({ carriers }) => void (carriers.trustIncoming = false) },
  },
  option('CORR_ECHO', 'true', (value) => ({ echo: flag(value) })),
  option('CORR_EXPOSE', 'false', (value) => ({ expose: flag(value) })),
  option('CORR_MAX_LENGTH', '128', (value) => ({ maxLength: Number(value) })),
  option('CORR_CHARACTERS', 'A-Za-z0-9._~:/+=@#-', (characters) => ({ characters })),
  option('CORR_GENERATOR', 'uuid', (generator) => ({ generator: generator.toLowerCase() as 'uuid' })),
  { name: 'CORR_LOG_KEY', fallback: 'correlation_id', take: (value, { log }) => void (log.key = checkedField({ key: value }).key) },
  { name: 'CORR_CONSOLE', fallback: 'false', take: (value, { log }) => void (log.console = flag(value)) },
  { name: 'CORR_PROPAGATE_TO', fallback: '*', take: propagateTo },
  option('CORR_RELAY', 'none', (value) => ({ relay: list(value.toLowerCase()) as [] })),
  option('CORR_HOPS', 'false', (value) => ({ hops: flag(value) })),
  { name: 'CORR_HOP_KEY', fallback: 'hop', take: (value, { log }) => void (log.hopKey = checkedField({ ...log, hopKey: value }).hopKey) },
  { name: 'CORR_MODE', fallback: 'auto', take: (value, into) => void (into.mode = mode(value)) },
  { name: 'CORR_INSTRUMENTATIONS', fallback: 'none', take: (value, { telemetry }) => void (telemetry.instrumentations = packages(value)) },
  { name: 'CORR_DEBUG', fallback: 'false', take: (value, into) => void (into.debug = flag(value)) },
  { name: 'CORRELATION_ID', fallback: 'none', take: processId },
];
/** The only variable whose blank value has a meaning. */
const LABEL = 'CORR_INTERNAL_LABEL';
const KNOWN: readonly string[] = [...VARIABLES.map(({ name }) => name), LABEL];

/**
 * Reads the configuration. A blank variable counts as unset. An invalid one causes a warning and falls back to its default; a
 * security control falls back to its closed value. `variables`: names of those in force with a value other than the default.
 */
export function configurationFrom(env: Environment): { configuration: Configuration; warnings: string[]; variables: string[] } {
  const configuration: Configuration = { carriers: {}, debug: false, log: {}, mode: 'auto', telemetry: telemetryFrom(env) };
  const warnings = unknownVariables(env).map((name) => `${name}: unknown variable; did you mean ${nearest(name)}?`);
  const variables: string[] = [];
  for (const { name, fallback, take, close } of VARIABLES) {
    const value = env[name]?.trim();
    if (value === undefined || value === '') continue;
    try {
      take(value, configuration);
      if (value.toLowerCase() !== fallback.toLowerCase()) variables.push(name);
    } catch (error) {
      const shown = name === 'CORRELATION_ID' ? name : `${name}=${JSON.stringify(value)}`; // an ID is untrusted data
      close?.in(configuration);
      const using = error instanceof Closed ? error.using : `using ${close?.to ?? fallback}`;
      warnings.push(`${shown}: ${(error as Error).message.split(' - ').at(-1)}; ${using}`);
    }
  }
  const label = env[LABEL];
  if (label !== undefined) configuration.log.internal = label.trim() === '' ? null : label;
  if (label !== undefined && label !== 'Internal') variables.push(LABEL);
  return { configuration, warnings, variables };
}

/** A value of which only a part is in force. */
class Closed extends TypeError {
  constructor(expected: string, readonly using: string) {
    super(expected);
  }
}

/** Valid hosts are used; an invalid one matches nothing. An invalid excluded host closes the list. */
function propagateTo(value: string, { carriers }: Configuration): void {
  const good: string[] = [];
  const bad: { entry: string; message: string }[] = [];
  for (const entry of list(value)) {
    try {
      settingsFrom({ propagateTo: [entry] });
      good.push(entry);
    } catch (error) {
      bad.push({ entry, message: (error as Error).message });
    }
  }
  const closed = bad.some(({ entry }) => entry.startsWith('!'));
  carriers.propagateTo = closed ? [] : good;
  const [first] = bad;
  if (first === undefined) return;
  throw new Closed(first.message, closed ? 'no host gets the ID, because an excluded host cannot be read' : `${bad.map(({ entry }) => JSON.stringify(entry)).join(', ')} matches no host`);
}

/** The names of unknown variables with our prefix. The warning about one begins with its name and a colon. */
export function unknownVariables(env: Environment): string[] {
  return Object.keys(env).filter((name) => /^CORR(?:ELATION)?_/.test(name) && !KNOWN.includes(name) && !name.startsWith('CORRELATION_ID_') && name !== HOP_VARIABLE);
}

function nearest(name: string): string {
  const byDistance = KNOWN.map((one) => [distance(name, one), one] as const).sort(([a], [b]) => a - b);
  return byDistance[0]?.[1] as string;
}

/** The number of characters to insert, delete or replace to turn one text into the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, character] of [...one].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) next.push(Math.min((row[j] as number) + (character === other[j] ? 0 : 1), (row[j + 1] as number) + 1, (next[j] as number) + 1));
    row = next;
  }
  return row.at(-1) as number;
}

/**
 * Reads the variables that pm2 passes to a cluster worker as one JSON variable; pm2 sets them only after all preloads have run.
 * Returns the names that it took.
 */
export function takeFromPm2(env: NodeJS.ProcessEnv): string[] {
  const taken: string[] = [];
  if (env['pm2_env'] === undefined) return taken;
  try {
    for (const [name, value] of Object.entries(JSON.parse(env['pm2_env']) as Record<string, unknown>)) {
      if (!/^(?:CORR_|OTEL_|CORRELATION_(?:ID|HOP)$)/.test(name) || typeof value !== 'string' || env[name] !== undefined) continue;
      env[name] = value;
      taken.push(name);
    }
  } catch {
    // Not JSON, so not written by pm2.
  }
  return taken;
}

function list(value: string): string[] {
  return value.split(',').map((item) => item.trim()).filter((item) => item !== '');
}

function flag(value: string): boolean {
  const known: Record<string, boolean> = { true: true, '1': true, false: false, '0': false };
  const found = known[value.toLowerCase()];
  if (found === undefined) throw new TypeError('expected true or false');
  return found;
}

function mode(value: string): Mode {
  const name = value.toLowerCase();
  if (name !== 'auto' && name !== 'carry' && name !== 'trace') throw new TypeError('expected auto, carry or trace');
  return name;
}

function packages(value: string): string[] {
  const names = list(value);
  for (const name of names) {
    if (!/^(?:@[a-z0-9._-]+\/)?[a-z0-9._-]+$/i.test(name)) throw new TypeError('expected auto, or names such as amqplib or @opentelemetry/instrumentation-amqplib');
  }
  return names;
}

function processId(value: string, { carriers }: Configuration): void {
  if (settingsFrom(carriers).accept(value) !== value) throw new TypeError('expected an acceptable Correlation-Id');
}

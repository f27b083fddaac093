import type { StampLoggersOptions } from '@corr/log-bridge';
import { checkedField } from '@corr/log-bridge/internal';
import type { CorrelationOptions } from '@corr/propagator';
import { HOP_VARIABLE, settingsFrom } from '@corr/propagator/internal';
import { telemetryFrom } from './telemetry/mode';
import type { Environment, Mode, Telemetry } from './telemetry/mode';

/** What the preload does, as the environment says. */
export interface Configuration {
  carriers: CorrelationOptions;
  /** Say on stderr what was met, patched and decided. */
  debug: boolean;
  log: StampLoggersOptions;
  mode: Mode;
  telemetry: Telemetry;
}

interface Variable {
  name: string;
  /** How the default reads in a warning. */
  fallback: string;
  /** Takes the value into the configuration. Throws where it is not usable, with what was expected behind the last ` - `. */
  take(value: string, into: Configuration): void;
  /** Closes a security control whose value is not usable: in place of its default, this is in force. */
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

/** Every variable there is, in the order of the README's table. */
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
/** The one variable whose blank value says something. */
const LABEL = 'CORR_INTERNAL_LABEL';

/**
 * Reads the configuration; a blank variable is an unset one, a bad one is warned of and falls back to its default, or, a
 * security control, to what is closed. `variables` are the names of those in force with another value than the default.
 */
export function configurationFrom(env: Environment): { configuration: Configuration; warnings: string[]; variables: string[] } {
  const configuration: Configuration = { carriers: {}, debug: false, log: {}, mode: 'auto', telemetry: telemetryFrom(env) };
  const warnings = unknownIn(env);
  const variables: string[] = [];
  for (const { name, fallback, take, close } of VARIABLES) {
    const value = env[name]?.trim();
    if (value === undefined || value === '') continue;
    try {
      take(value, configuration);
      if (value.toLowerCase() !== fallback.toLowerCase()) variables.push(name);
    } catch (error) {
      const shown = name === 'CORRELATION_ID' ? name : `${name}=${JSON.stringify(value)}`; // an ID is remote data
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

/** A value part of which is in force. */
class Closed extends TypeError {
  constructor(expected: string, readonly using: string) {
    super(expected);
  }
}

/** Hosts that can be read count; one that cannot matches nobody. One that was to be kept out and cannot be read closes the list. */
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
  throw new Closed(first.message, closed ? 'nobody is given the ID, since it is not known who must not have it' : `${bad.map(({ entry }) => JSON.stringify(entry)).join(', ')} matches nobody`);
}

/** Variables of ours that there are not, each with the known name that comes nearest. */
function unknownIn(env: Environment): string[] {
  const known = [...VARIABLES.map(({ name }) => name), LABEL];
  const unknown = Object.keys(env).filter((name) => /^CORR(?:ELATION)?_/.test(name) && !known.includes(name) && !name.startsWith('CORRELATION_ID_') && name !== HOP_VARIABLE);
  return unknown.map((name) => `${name}: there is no such variable; the nearest is ${nearest(name, known)}`);
}

function nearest(name: string, known: readonly string[]): string {
  const byDistance = known.map((one) => [distance(name, one), one] as const).sort(([a], [b]) => a - b);
  return byDistance[0]?.[1] as string;
}

/** How many characters have to be put in, taken out or exchanged to make one of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, character] of [...one].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) next.push(Math.min((row[j] as number) + (character === other[j] ? 0 : 1), (row[j + 1] as number) + 1, (next[j] as number) + 1));
    row = next;
  }
  return row.at(-1) as number;
}

/** pm2 hands a worker of a cluster its variables in one, as JSON, and sets them after all preloads have run. Returns the names that it took. */
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
    // Whatever it is, pm2 did not write it.
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

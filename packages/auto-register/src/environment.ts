import type { StampLoggersOptions } from '@corr/log-bridge';
import { settingsFrom } from '@corr/propagator/internal';
import type { CarrierOptions } from './carriers';
import { telemetryFrom } from './telemetry/mode';
import type { Environment, Mode, Telemetry } from './telemetry/mode';

/** What the preload does, as the environment says. */
export interface Configuration {
  carriers: CarrierOptions;
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
}

/** Every variable there is, in the order of the README's table. */
export const VARIABLES: readonly Variable[] = [
  { name: 'CORR_HEADER', fallback: 'Correlation-Id', take: (header, { carriers }) => accepted({ header }, carriers) },
  { name: 'CORR_ALIASES', fallback: 'none', take: (value, { carriers }) => accepted({ aliases: list(value) }, carriers) },
  { name: 'CORR_TRUST_INCOMING', fallback: 'true', take: (value, { carriers }) => void (carriers.trustIncoming = flag(value)) },
  { name: 'CORR_ECHO', fallback: 'true', take: (value, { carriers }) => void (carriers.echo = flag(value)) },
  { name: 'CORR_EXPOSE', fallback: 'false', take: (value, { carriers }) => void (carriers.expose = flag(value)) },
  { name: 'CORR_MAX_LENGTH', fallback: '128', take: (value, { carriers }) => accepted({ maxLength: Number(value) }, carriers) },
  { name: 'CORR_LOG_KEY', fallback: 'correlation_id', take: (value, { log }) => void (log.key = value) },
  { name: 'CORR_CONSOLE', fallback: 'false', take: (value, { log }) => void (log.console = flag(value)) },
  { name: 'CORR_PROPAGATE_TO', fallback: '*', take: (value, { carriers }) => accepted({ propagateTo: list(value) }, carriers) },
  { name: 'CORR_MODE', fallback: 'auto', take: (value, into) => void (into.mode = mode(value)) },
  { name: 'CORR_INSTRUMENTATIONS', fallback: 'none', take: (value, { telemetry }) => void (telemetry.instrumentations = packages(value)) },
  { name: 'CORRELATION_ID', fallback: 'none', take: processId },
];

/** Reads the configuration; a blank variable is an unset one, a bad one is warned of and falls back to its default. */
export function configurationFrom(env: Environment): { configuration: Configuration; warnings: string[] } {
  const configuration: Configuration = { carriers: {}, log: {}, mode: 'auto', telemetry: telemetryFrom(env) };
  const warnings: string[] = [];
  for (const { name, fallback, take } of VARIABLES) {
    const value = env[name]?.trim();
    if (value === undefined || value === '') continue;
    try {
      take(value, configuration);
    } catch (error) {
      const shown = name === 'CORRELATION_ID' ? name : `${name}=${JSON.stringify(value)}`; // an ID is remote data
      warnings.push(`${shown}: ${(error as Error).message.split(' - ').at(-1)}; using ${fallback}`);
    }
  }
  // The one variable whose blank value says something.
  const label = env['CORR_INTERNAL_LABEL'];
  if (label !== undefined) configuration.log.internal = label.trim() === '' ? null : label;
  return { configuration, warnings };
}

function accepted(option: CarrierOptions, carriers: CarrierOptions): void {
  settingsFrom(option);
  Object.assign(carriers, option);
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

import type { Level } from '../../model';

const BY_NAME: Readonly<Record<string, Level>> = {
  trace: 'trace', verbose: 'debug', silly: 'trace', debug: 'debug', dbg: 'debug', fine: 'debug',
  info: 'info', information: 'info', informational: 'info', notice: 'info', http: 'info', log: 'info',
  warn: 'warn', warning: 'warn', wrn: 'warn',
  error: 'error', err: 'error', severe: 'error',
  fatal: 'fatal', critical: 'fatal', crit: 'fatal', alert: 'fatal', emerg: 'fatal', emergency: 'fatal', panic: 'fatal',
};
const PINO: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
 
const COLOURS = /\x1b\[[\d;]*m/g;

/** Parses a level: a name, pino's and bunyan's numbers (10 to 60), or syslog's (0 to 7). */
export function levelOf(value: unknown): Level | undefined {
  if (typeof value === 'number') return value < 8 ? syslogLevel(value) : PINO[Math.min(Math.max(Math.floor(value / 10), 1), 6) - 1];
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const name = value.replace(COLOURS, '').trim().toLowerCase();
  if (Object.hasOwn(BY_NAME, name)) return BY_NAME[name];
  return /^\d{1,2}$/.test(name) ? levelOf(Number(name)) : undefined;
}

/** Parses the level that a wrapper names: a number is syslog's. */
export function wrappedLevel(value: string | number | undefined): Level | undefined {
  return typeof value === 'number' ? syslogLevel(value) : levelOf(value);
}

/** Maps syslog severities, such as journald's `PRIORITY`. */
export function syslogLevel(severity: number): Level | undefined {
  if (!(severity >= 0 && severity < 8)) return undefined;
  return severity < 3 ? 'fatal' : severity === 3 ? 'error' : severity === 4 ? 'warn' : severity < 7 ? 'info' : 'debug';
}

/** Maps OpenTelemetry severity numbers, 1 to 24. */
export function severityLevel(number: unknown): Level | undefined {
  const value = Number(number);
  return value >= 1 && value <= 24 ? PINO[Math.floor((value - 1) / 4)] : undefined;
}

/** The first level in a text, in capitals as human-readable loggers print it, or in a field. */
export function levelIn(text: string): Level | undefined {
  const name = /\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b|\blevel=(\w+)|\[(trace|debug|info|notice|warn|error|crit|alert|emerg)\]/.exec(text.slice(0, 200));
  return name === null ? undefined : levelOf(name[1] ?? name[2] ?? name[3]);
}

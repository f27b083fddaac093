import { parseArgs } from 'node:util';
import { isZone } from '../read';
import { parseWhen } from './when';

/** The arguments are invalid: the command prints this one-line message and exits with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The parsed arguments. */
export interface Command {
  /** One request, or one of the lists. */
  ask: { id: string } | { failed: true } | { slowest: number } | { with: string } | 'help' | 'version';
  paths: string[];
  /** Addresses of log stores, used instead of paths. */
  from: string[];
  show?: number;
  since?: number;
  until?: number;
  follow: boolean;
  html?: string;
  svg?: string;
  otlp?: string;
  json: boolean;
  utc: boolean;
  color?: boolean;
  width?: number;
  key?: string;
  zone?: string;
  clocks: 'measured' | 'as-is';
  threads?: number;
}

const OPTIONS = {
  failed: { type: 'boolean' },
  slowest: { type: 'string' },
  with: { type: 'string' },
  show: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  follow: { type: 'boolean', short: 'f' },
  html: { type: 'string' },
  svg: { type: 'string' },
  otlp: { type: 'string' },
  json: { type: 'boolean' },
  utc: { type: 'boolean' },
  color: { type: 'boolean' },
  'no-color': { type: 'boolean' },
  width: { type: 'string' },
  key: { type: 'string' },
  zone: { type: 'string' },
  clocks: { type: 'string' },
  threads: { type: 'string' },
  from: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** Parses the arguments. Throws `UsageError` with one line that says what is wrong and what was expected. */
export function parseCommand(args: readonly string[], now = Date.now()): Command {
  const { values, positionals } = parsed(args);
  const command: Command = {
    ask: 'help',
    paths: positionals,
    from: values.from ?? [],
    follow: values.follow === true,
    json: values.json === true,
    utc: values.utc === true,
    clocks: 'measured',
  };
  if (values.help === true) return command;
  if (values.version === true) return { ...command, ask: 'version' };

  const lists = (['failed', 'slowest', 'with'] as const).filter((name) => values[name] !== undefined);
  if (lists.length > 1) throw new UsageError(`--${lists[0] ?? ''} and --${lists[1] ?? ''} are two questions: ask one`);
  if (values.failed === true) command.ask = { failed: true };
  else if (values.slowest !== undefined) command.ask = { slowest: whole('slowest', values.slowest, 1) };
  else if (values.with !== undefined) command.ask = { with: filled('with', values.with) };
  else {
    const [id, ...paths] = positionals;
    if (id === undefined) return command;
    if (id === '') throw new UsageError('the ID is blank');
    command.ask = { id };
    command.paths = paths;
  }
  if (values.show !== undefined) {
    if (lists.length === 0) throw new UsageError('--show needs a list: add --failed, --slowest or --with');
    command.show = whole('show', values.show, 1);
  }
  if (command.follow && (lists.some((name) => name !== 'failed') || command.show !== undefined)) throw new UsageError('--follow needs an ID or --failed');
  const document = (['html', 'svg', 'otlp'] as const).find((name) => values[name] !== undefined);
  if (document !== undefined && (command.follow || (lists.length > 0 && command.show === undefined))) throw new UsageError(`--${document} needs one request: give its ID or --show`);
  if (command.from.length > 0 && command.paths.length > 0) throw new UsageError(`--from and the path ${command.paths[0] ?? ''} cannot be combined`);

  const since = values.since === undefined ? undefined : when('since', values.since, now, command.utc);
  if (since !== undefined) command.since = since;
  if (values.until !== undefined) command.until = when('until', values.until, now, command.utc, since);
  if (command.since !== undefined && command.until !== undefined && command.since > command.until) throw new UsageError('--since is after --until');
  for (const name of ['html', 'svg', 'otlp', 'key'] as const) if (values[name] !== undefined) command[name] = filled(name, values[name]);
  if (values.width !== undefined) command.width = whole('width', values.width, 40);
  if (values.threads !== undefined) {
    if (values.threads !== '1' && values.threads !== '2') throw new UsageError(`--threads is ${values.threads}: expected 1 or 2`);
    command.threads = Number(values.threads);
  }
  if (values['no-color'] === true) command.color = false;
  else if (values.color === true) command.color = true;
  if (values.zone !== undefined) {
    if (!isZone(values.zone)) throw new UsageError(`--zone is ${values.zone}: expected a name (Europe/Berlin) or an offset (+02:00)`);
    command.zone = values.zone;
  }
  if (values.clocks !== undefined) {
    if (values.clocks !== 'as-is' && values.clocks !== 'measured') throw new UsageError(`--clocks is ${values.clocks}: expected measured or as-is`);
    command.clocks = values.clocks;
  }
  return command;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    // Keep only the first sentence of Node's message; the rest is advice that does not apply here.
    throw new UsageError((error as Error).message.split(/\.\s|\n/, 1)[0] ?? 'bad arguments');
  }
}

function filled(name: string, value: string): string {
  if (value === '') throw new UsageError(`--${name} is blank`);
  return value;
}

function whole(name: string, value: string, least: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) throw new UsageError(`--${name} is ${value}: expected a whole number of at least ${least}`);
  return number;
}

function when(name: string, value: string, now: number, utc: boolean, after?: number): number {
  const time = parseWhen(value, { now, utc, after });
  if (time === undefined) throw new UsageError(`--${name} is ${value}: expected a time (03:00, 2026-11-25T03:00Z, 15m)`);
  return time;
}

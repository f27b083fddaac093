import { createRequire } from 'node:module';
import path = require('node:path');
import { configurationFrom, unknownVariables } from '../environment';
import { decideMode } from '../telemetry/mode';
import type { Environment } from '../telemetry/mode';
import { installedCopies } from './installed-copies';
import type { Copy } from './installed-copies';
import { LOG_LINES } from './log-lines';
import { tryIn } from './trial-process';
import type { Tried } from './trial-process';
import type { LoggerToTry } from './trial';

/** One result of the check. `advice`: what to do; every negative result has it. */
export interface Finding {
  what: string;
  ok: boolean;
  found: string;
  advice?: string;
}

/** Supported major versions of packages whose internals are used. */
const VERSIONS: Readonly<Record<string, readonly [from: number, to: number]>> = { pino: [8, 10], undici: [5, 8], '@opentelemetry/api': [1, 1] };

/** Tries, in separate processes, what an application in this folder would get: the ID on requests, calls and log lines. */
export async function check(cwd: string, app: string | undefined, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const folder = app === undefined ? cwd : path.dirname(path.resolve(cwd, app));
  const argv = ['node', ...(app === undefined ? [] : [path.resolve(cwd, app)])];
  const { configuration } = configurationFrom(env as Environment);
  const decision = decideMode(configuration, { env: env as Environment, argv, execArgv: [], cwd: () => cwd }, () => undefined);
  const copies = installedCopies([...Object.keys(LOG_LINES), 'undici', '@opentelemetry/api'], folder);
  const loggers = copies.filter(({ name }) => name in LOG_LINES);
  const resolved = Object.keys(LOG_LINES).filter((name) => resolves(name, folder));
  const asInstalled: LoggerToTry[] = loggers.map(({ name, version, folder: specifier }) => ({ library: name, label: `${name} ${version} in ${shown(specifier, cwd)}`, specifier }));
  const asResolved: LoggerToTry[] = resolved.map((name) => ({ library: name, label: `${name}, as the application gets it`, specifier: name }));

  const quiet = { ...withoutNetwork(env), CORR_MODE: decision.traces ? 'trace' : 'carry', CORR_DEBUG: '' };
  const [commonjs, module] = await Promise.all([tryIn('commonjs', folder, quiet, [...asResolved, ...asInstalled]), tryIn('module', folder, quiet, asResolved)]);
  return [
    { what: 'Node', ok: true, found: process.versions.node },
    preloadFrom(cwd),
    { what: 'mode', ok: true, found: `${decision.traces ? 'trace: our SDK' : 'carry: no SDK of ours'}; ${decision.why}` },
    ...[...new Set([...commonjs.warnings, ...module.warnings])].map((message) => warning(message, unknownVariables(env as Environment))),
    ...carried('CommonJS', commonjs),
    ...carried('ES module', module),
    ...(loggers.length === 0 && resolved.length === 0
      ? [configuration.log.console === true ? { what: 'loggers', ok: true, found: 'console, by CORR_CONSOLE' } : { what: 'loggers', ok: false, found: 'none of pino, winston, bunyan, log4js and consola is installed', advice: 'set CORR_CONSOLE=true to stamp console, or see docs/loggers.md for other loggers' }]
      : []),
    ...copies.filter(({ name }) => name in VERSIONS).map((copy) => versionOf(copy, cwd)),
  ];
}

/** Without this, telemetry exporters would send the trial's data to the configured endpoints. */
function withoutNetwork(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^OTEL_(?:EXPORTER_|CONFIG_FILE$)/.test(name));
  return { ...Object.fromEntries(kept), OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
}

function resolves(name: string, from: string): boolean {
  try {
    createRequire(path.join(from, 'x')).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function preloadFrom(cwd: string): Finding {
  const what = 'node -r @corr/auto-register';
  if (resolves('@corr/auto-register', cwd)) return { what, ok: true, found: 'found from this folder' };
  return { what, ok: false, found: 'not found from this folder', advice: 'run npm install @corr/auto-register here, or start Node in the folder where it is installed' };
}

function warning(message: string, unknown: readonly string[]): Finding {
  const advice = unknown.some((name) => message.startsWith(`${name}: `)) ? 'correct the name' : 'correct this setting';
  return { what: 'environment', ok: false, found: message, advice };
}

function carried(kind: string, { trial, error }: Tried): Finding[] {
  if (trial === undefined) return [{ what: kind, ok: false, found: error ?? 'nothing came back', advice: 'run node -r @corr/auto-register with CORR_DEBUG=true, and look at the error' }];
  const { echoed, expects, given, inHandler, loggers, sent } = trial;
  const row = (what: string, ok: boolean, found: string, advice: string): Finding => ({ what: `${kind}: ${what}`, ok, found, ...(ok ? {} : { advice }) });
  const other = 'another preload or instrumentation replaces what ours patches: put ours first, and set CORR_DEBUG=true to see what it found';
  return [
    expects.trusted
      ? row('request in', inHandler === given, inHandler === given ? 'its ID is active in the handler' : 'its ID is not active in the handler', other)
      : row('request in', inHandler !== undefined && inHandler !== given, 'a new ID is created, because CORR_TRUST_INCOMING=false', other),
    expects.echo ? row('response', echoed !== undefined && echoed === inHandler, echoed === undefined ? 'has no ID' : 'has the ID', other) : row('response', echoed === undefined, 'has no ID, because CORR_ECHO=false', other),
    expects.sent ? row('call out', sent !== undefined && sent === inHandler, sent === undefined ? 'has no ID' : 'has the ID', other) : row('call out', sent === undefined, 'has no ID, because CORR_PROPAGATE_TO does not include this machine', other),
    ...loggers.map(({ label, line = '', byHand, error: failure }): Finding => {
      const stamped = inHandler !== undefined && line.includes(inHandler);
      if (stamped && byHand) return { what: `${kind}: ${label}`, ok: true, found: 'its line has the ID only after stampLogger(consola)', advice: BY_HAND };
      return row(label, stamped, failure ?? (stamped ? 'its line has the ID' : 'its line has no ID'), adviceFor(failure));
    }),
  ];
}

const BY_HAND = 'if your application imports consola, call stampLogger(consola) of @corr/log-bridge once, because no loader reports its ES module';

function adviceFor(failure: string | undefined): string {
  if (failure !== undefined) return 'it could not be tried: see whether the application can load it';
  return 'use a version that docs/compatibility.md names, or stampLogger of @corr/log-bridge';
}

function versionOf({ name, version, folder }: Copy, cwd: string): Finding {
  const [from, to] = VERSIONS[name] as readonly [number, number];
  const major = Number(version.split('.', 1)[0]);
  const ok = major >= from && major <= to;
  return { what: name, ok, found: `${version} in ${shown(folder, cwd)}`, ...(ok ? {} : { advice: `use ${from === to ? `${from}.x` : `${from}.x to ${to}.x`}` }) };
}

function shown(folder: string, cwd: string): string {
  return path.relative(cwd, folder) || '.';
}

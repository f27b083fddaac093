import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path = require('node:path');
import { fileURLToPath } from 'node:url';
import { otelApi } from '@corr/propagator/internal';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Mode = 'auto' | 'carry' | 'trace';

export type Signal = 'traces' | 'metrics' | 'logs';

/** What the environment asks of OpenTelemetry. */
export interface Telemetry {
  /** The SDK's declarative configuration decides everything. */
  configFile: boolean;
  signals: Record<Signal, boolean>;
  /** Packages to instrument besides http, undici and pino: `auto`, short names (`amqplib`) or package names. */
  instrumentations: readonly string[];
}

interface Process {
  env: Environment;
  argv: readonly string[];
  execArgv: readonly string[];
  cwd(): string;
}

/** Whether an SDK is started here, and the reason as text. */
export interface Decision {
  traces: boolean;
  why: string;
}

/**
 * Decides whether the preload starts an OpenTelemetry SDK: only if the environment asks for it and the application does not bring
 * its own.
 *
 * The same variables also configure the application's own SDK, which would be blocked by ours, because ours starts first.
 */
export function decideMode({ mode, telemetry }: { mode: Mode; telemetry: Telemetry }, process: Process, warn: (message: string) => void): Decision {
  if ((process.env['OTEL_SDK_DISABLED'] ?? '').trim().toLowerCase() === 'true') return { traces: false, why: 'OTEL_SDK_DISABLED=true' };
  if (mode === 'carry') return { traces: false, why: 'CORR_MODE=carry' };
  const { configFile, instrumentations, signals } = telemetry;
  const demanded = mode === 'trace' ? 'CORR_MODE=trace' : instrumentations.length > 0 ? 'CORR_INSTRUMENTATIONS' : undefined;
  const asked = demanded ?? (configFile ? 'OTEL_CONFIG_FILE' : signals.traces || signals.metrics || signals.logs ? 'OTEL_* variables ask for telemetry' : undefined);
  if (asked === undefined) return { traces: false, why: 'no OTEL_* variable asks for telemetry' };
  if (!isSdkRunning()) {
    const sdk = demanded === undefined ? sdkBroughtBy(process) : undefined;
    return sdk === undefined ? { traces: true, why: asked } : { traces: false, why: `the application brings an OpenTelemetry SDK: ${sdk}` };
  }
  if (demanded !== undefined) warn(`${demanded} has no effect, because an OpenTelemetry SDK was started before this preload: unset it, or start only one of the two.`);
  return { traces: false, why: 'an OpenTelemetry SDK was started before this preload' };
}

function isSdkRunning(): boolean {
  const api = otelApi() as { trace?: unknown; metrics?: unknown } | undefined;
  return api?.trace !== undefined || api?.metrics !== undefined;
}

/**
 * The SDK that is preloaded beside us, or the dependent that brings one: the application, one of its dependencies or another
 * preload.
 */
function sdkBroughtBy(process: Process): string | undefined {
  const preloads = preloadsOf(process);
  const preloaded = preloads.find((preload) => startsSdk(preload, process));
  if (preloaded !== undefined) return preloaded;
  const { file, dependencies } = manifestOf(process);
  const require = createRequire(file);
  return [...dependencies, ...preloads.map(packageOf)].find((name) => isSdk(name) || dependenciesOf(name, require).some(isSdk));
}

/**
 * True for a preload of OpenTelemetry itself, and for a file that mentions an SDK. If the file cannot be read, its path decides:
 * the OpenTelemetry Operator mounts an `autoinstrumentation.js`.
 */
function startsSdk(preload: string, { cwd }: Process): boolean {
  if (/@opentelemetry[\\/]/.test(preload)) return true;
  if (!/^(?:[./]|file:|[a-z]:[\\/])/i.test(preload)) return false; // a package
  try {
    const file = preload.startsWith('file:') ? fileURLToPath(preload) : createRequire(path.join(cwd(), 'preload')).resolve(preload);
    if (statSync(file).isFile()) return /@opentelemetry\/(?:sdk-|auto-instrumentations-node)/.test(readFileSync(file, 'utf8'));
  } catch {
    // It does not exist or is not readable.
  }
  return /autoinstrumentation/i.test(preload);
}

const SDK = /^@opentelemetry\/(?:sdk-node|sdk-trace|sdk-trace-node|sdk-trace-base|sdk-metrics|sdk-logs|auto-instrumentations-node)$/;
const isSdk = (name: string): boolean => SDK.test(name);

/** The values of `-r` and `--import`, from the command line and NODE_OPTIONS. */
function preloadsOf({ execArgv, env }: Process): string[] {
  const words = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)].flatMap((word) => (/^--(?:require|import)=/.test(word) ? word.split(/=(.*)/s, 2) : [word]));
  return words.filter((_, i) => /^(?:-r|--require|--import)$/.test(words[i - 1] ?? '')).map((word) => word.replace(/^"(.*)"$/, '$1'));
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** The application's package.json: above the entry, or above the working directory if the entry is an installed command. */
export function manifestOf(process: Pick<Process, 'argv' | 'cwd'>): { file: string; dependencies: string[] } {
  for (let folder = folderOf(process); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    const { name, dependencies } = read(file);
    // A manifest with neither only sets the module type of a folder.
    if (name !== undefined || dependencies !== undefined || folder === path.dirname(folder)) return { file, dependencies: Object.keys(dependencies ?? {}) };
  }
}

function folderOf({ argv: [, entry], cwd }: Pick<Process, 'argv' | 'cwd'>): string {
  const installed = entry === undefined || entry.split(path.sep).includes('node_modules');
  try {
    return installed ? cwd() : path.dirname(path.resolve(entry));
  } catch {
    return path.parse(__filename).root; // the working directory was deleted
  }
}

function dependenciesOf(name: string, require: NodeJS.Require): string[] {
  if (name.startsWith('@corr/')) return [];
  for (const folder of require.resolve.paths(name) ?? []) {
    const { dependencies } = read(path.join(folder, name, 'package.json'));
    if (dependencies !== undefined) return Object.keys(dependencies);
  }
  return [];
}

function read(manifest: string): { name?: string; dependencies?: Record<string, string> } {
  try {
    return JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
  } catch {
    return {};
  }
}

/**
 * What the OTEL_* variables ask for. An endpoint for all signals enables all; an exporter or endpoint of one signal enables that
 * one.
 *
 * Source: OpenTelemetry specification, Environment Variable Specification and OTLP Exporter Configuration.
 */
export function telemetryFrom(env: Environment): Telemetry {
  const value = (name: string): string => (env[name] ?? '').trim();
  const asked = (signal: string): boolean => {
    const exporter = value(`OTEL_${signal}_EXPORTER`);
    if (exporter !== '') return exporter !== 'none';
    return value(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) !== '' || value('OTEL_EXPORTER_OTLP_ENDPOINT') !== '';
  };
  return {
    configFile: value('OTEL_CONFIG_FILE') !== '',
    signals: { traces: asked('TRACES'), metrics: asked('METRICS'), logs: asked('LOGS') },
    instrumentations: [],
  };
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { otelApi } from '@corr/propagator/internal';
import type { Configuration } from './environment';

interface Process {
  env: Readonly<Record<string, string | undefined>>;
  argv: readonly string[];
  execArgv: readonly string[];
}

/**
 * True when the preload starts an OpenTelemetry SDK: asked for by the environment, and the application brings none.
 *
 * The same variables configure an SDK of the application's own, which ours would displace: it came first.
 */
export function traces({ mode, telemetry }: Configuration, process: Process): boolean {
  if ((process.env['OTEL_SDK_DISABLED'] ?? '').trim().toLowerCase() === 'true' || mode === 'carry') return false;
  const { configFile, instrumentations, signals } = telemetry;
  if (mode === 'trace' || instrumentations.length > 0) return true;
  return (configFile || signals.traces || signals.metrics || signals.logs) && !hasOwnSdk(process);
}

/** True when an SDK is registered, preloaded beside us, or a dependency of the application or of one of its dependencies. */
function hasOwnSdk({ argv, execArgv, env }: Process): boolean {
  const api = otelApi() as { trace?: unknown; metrics?: unknown } | undefined;
  if (api?.trace !== undefined || api?.metrics !== undefined) return true;
  const preloads = `${execArgv.join(' ')} ${env['NODE_OPTIONS'] ?? ''}`;
  if (/opentelemetry|autoinstrumentation/i.test(preloads)) return true;
  const manifest = nearestManifest(argv[1]);
  if (manifest === undefined) return false;
  const require = createRequire(manifest.file);
  return manifest.dependencies.some((name) => isSdk(name) || dependenciesOf(name, require).some(isSdk));
}

const SDK = /^@opentelemetry\/(?:sdk-node|sdk-trace|sdk-trace-node|sdk-trace-base|sdk-metrics|sdk-logs|auto-instrumentations-node)$/;
const isSdk = (name: string): boolean => SDK.test(name);

function nearestManifest(entry: string | undefined): { file: string; dependencies: string[] } | undefined {
  if (entry === undefined) return undefined;
  for (let folder = path.dirname(path.resolve(entry)); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    const dependencies = readDependencies(file);
    if (dependencies !== undefined) return { file, dependencies };
    if (folder === path.dirname(folder)) return undefined;
  }
}

function dependenciesOf(name: string, require: NodeJS.Require): string[] {
  if (name.startsWith('@corr/')) return [];
  for (const folder of require.resolve.paths(name) ?? []) {
    const dependencies = readDependencies(path.join(folder, name, 'package.json'));
    if (dependencies !== undefined) return dependencies;
  }
  return [];
}

function readDependencies(file: string): string[] | undefined {
  try {
    const { dependencies } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: Record<string, string> };
    return Object.keys(dependencies ?? {});
  } catch {
    return undefined;
  }
}

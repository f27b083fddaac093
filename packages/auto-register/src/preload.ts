import * as workerThreads from 'node:worker_threads';
import { spanFields, stampLoggersWith } from '@corr/log-bridge/internal';
import { carry } from './carriers';
import { configurationFrom, takeFromPm2 } from './environment';
import { traces } from './telemetry/mode';
import { warn } from './warn';

const LOADED = Symbol.for('@corr/auto-register');
const holder = globalThis as { [LOADED]?: true };

/** Sets this process, or worker thread, up as its environment says; once, however often it is preloaded. */
export function preload(): void {
  if (holder[LOADED] === true || isLoaderThread()) return;
  holder[LOADED] = true;

  takeFromPm2(process.env);
  const { configuration, warnings } = configurationFrom(process.env);
  for (const warning of warnings) warn(warning);

  const tracing = !isLogTransport() && traces(configuration, process, warn);
  carry(configuration.carriers);
  stampLoggersWith(configuration.log, tracing ? [spanFields] : []);
  if (!tracing) return;
  try {
    // Not bundled: with the SDK behind it, it is loaded only here.
    const { startTelemetry } = require('./telemetry/sdk') as typeof import('./telemetry/sdk');
    startTelemetry(configuration.telemetry, warn);
  } catch (error) {
    warn(`Telemetry is off, and the ID is carried: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

/** True in the thread where Node runs loader hooks: with `-r` the preload gets there too, where nothing is to be done. */
function isLoaderThread(): boolean {
  const { isInternalThread, isMainThread, parentPort } = workerThreads as typeof workerThreads & { isInternalThread?: boolean }; // Node 22.16 and later
  return !isMainThread && (isInternalThread === true || (process.argv[1] === undefined && parentPort === null));
}

/** True in the worker that a pino transport runs in: it traces nothing, and an SDK would take longer to start than it does. */
function isLogTransport(): boolean {
  const { workerData } = workerThreads as { workerData: { $context?: { threadStreamVersion?: string } } | null };
  return workerData?.$context?.threadStreamVersion !== undefined;
}

import { spanFields, stampLoggersWith } from '@corr/log-bridge/internal';
import type { Met } from '@corr/log-bridge/internal';
import { show } from '@corr/propagator/internal';
import { CARRIERS, carry } from './carriers';
import { configurationFrom, takeFromPm2 } from './environment';
import type { Configuration } from './environment';
import { fallbacks } from './node/internals';
import { watch } from './node/watch';
import { decideMode } from './telemetry/mode';
import type { Decision } from './telemetry/mode';
import { thread } from './thread';
import { warn } from './warn';

const LOADED = Symbol.for('@corr/auto-register');
const holder = globalThis as { [LOADED]?: true };

/** They are optional dependencies, because they make up most of the installed size. */
const MISSING = 'the packages for it are not installed. Run `npm install --include=optional`, or install @corr/auto-register with its optional dependencies in another way.';

/** Sets up this process or worker thread as configured by the environment; repeated preloads do nothing. */
export function preload(): void {
  if (holder[LOADED] === true || isLoaderThread()) return;
  holder[LOADED] = true;

  const fromPm2 = takeFromPm2(process.env);
  const { configuration, warnings, variables } = configurationFrom(process.env);
  for (const warning of warnings) warn(warning);

  const decision = isLogTransport() ? { traces: false, why: 'a log transport' } : decideMode(configuration, process, warn);
  carry(configuration.carriers);
  const met = configuration.debug ? startDebug(decision, configuration, variables.map((name) => `${name}=${show(process.env[name])} (${fromPm2.includes(name) ? 'pm2_env' : 'environment'})`)) : undefined;
  stampLoggersWith(configuration.log, decision.traces ? [spanFields] : [], met);
  if (!decision.traces) return;
  try {
    // Not bundled: it brings the SDK, so it is loaded only here.
    const { startTelemetry } = require('./telemetry/sdk') as typeof import('./telemetry/sdk');
    startTelemetry(configuration.telemetry, warn);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'MODULE_NOT_FOUND' && message.includes("'@opentelemetry/");
    warn(`Telemetry is off, and the ID is carried: ${missing ? MISSING : message.split('\n', 1)[0]}`);
  }
}

/** Not bundled either: it is loaded only on request. */
function startDebug({ traces, why }: Decision, { log }: Configuration, variables: string[]): Met {
  const { debug } = require('./debug') as typeof import('./debug');
  const patched = [...Object.keys(CARRIERS), 'loggers', ...(log.console === true ? ['console'] : [])];
  return debug({ mode: traces ? 'trace' : 'carry', why, variables, patched, fallbacks: fallbacks() }, watch, warn);
}

/** True in the thread where Node runs loader hooks. `-r` loads the preload there too, but it has nothing to do. */
function isLoaderThread(): boolean {
  const { isInternalThread, isMainThread, parentPort } = thread;
  return !isMainThread && (isInternalThread === true || (process.argv[1] === undefined && parentPort === null));
}

/** True in the worker of a pino transport: it traces nothing, and an SDK would take longer to start than the worker. */
function isLogTransport(): boolean {
  const { workerData } = thread as { workerData?: { $context?: { threadStreamVersion?: string } } | null };
  return workerData?.$context?.threadStreamVersion !== undefined;
}

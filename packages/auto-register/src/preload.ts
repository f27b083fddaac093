import { isMainThread, parentPort } from 'node:worker_threads';
import * as workerThreads from 'node:worker_threads';
import { stampPino } from '@corr/log-bridge';
import { bundledPinoAdvice } from '@corr/log-bridge/internal';
import { carry } from './carriers';
import { configurationFrom } from './environment';

const LOADED = Symbol.for('@corr/auto-register');
const holder = globalThis as { [LOADED]?: true };

/** Sets this process, or worker thread, up as its environment says; once, however often it is preloaded. */
export function preload(): void {
  if (holder[LOADED] === true || isLoaderThread()) return;
  holder[LOADED] = true;

  const { configuration, warnings } = configurationFrom(process.env);
  const advice = bundledPinoAdvice(process.argv[1]);
  if (isMainThread) for (const warning of advice === undefined ? warnings : [...warnings, advice]) warn(warning);

  carry(configuration.carriers);
  stampPino(configuration.log);
}

/** True in the thread where Node runs loader hooks: with `-r` the preload gets there too, where nothing is to be done. */
function isLoaderThread(): boolean {
  const { isInternalThread } = workerThreads as { isInternalThread?: boolean }; // Node 22.16 and later
  return !isMainThread && (isInternalThread === true || (process.argv[1] === undefined && parentPort === null));
}

function warn(message: string): void {
  process.stderr.write(`[@corr/auto-register] ${message}\n`);
}

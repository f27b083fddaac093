import { otelApi } from './otel-api';

const WARNED = Symbol.for('@corr/propagator.warned');
const holder = globalThis as { [WARNED]?: Set<string> };
/** Kinds of warnings that this process has had, through whatever copy of this package. */
export const warned = (holder[WARNED] ??= new Set());

/** Tells the application's diag logger, once it has set one, once per process and kind; never with remote data in it. */
export function warnOnce(kind: string, message: string): void {
  if (warned.has(kind)) return;
  const diag = otelApi()?.diag;
  if (diag === undefined) return;
  warned.add(kind);
  try {
    diag.warn(`@corr: ${message}`);
  } catch {
    // The request that the warning is about goes on.
  }
}

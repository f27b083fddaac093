import { otelApi } from './otel-api';

const WARNED = Symbol.for('@corr/propagator.warned');
const holder = globalThis as { [WARNED]?: Set<string> };
/** Kinds of warnings already given in this process, through any copy of this package. */
export const warned = (holder[WARNED] ??= new Set());

/** Warns through the application's diag logger, if it has set one, once per process and kind. Messages never contain remote data. */
export function warnOnce(kind: string, message: string): void {
  if (warned.has(kind)) return;
  const diag = otelApi()?.diag;
  if (diag === undefined) return;
  warned.add(kind);
  try {
    diag.warn(`@corr: ${message}`);
  } catch {
    // The request that caused the warning continues.
  }
}

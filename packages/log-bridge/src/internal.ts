// What @corr/auto-register shares, under `@corr/log-bridge/internal`: not for applications, and free to change.
export { bundledPinoAdvice } from './bundled-pino';
export { checkedField } from './correlation-mixin';
export { onModuleLoad } from './module-load';
export { stampPinoWithSpans } from './stamp-pino';
export type { LoadedModule } from './module-load';

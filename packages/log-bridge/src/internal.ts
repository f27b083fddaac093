// Shared with @corr/auto-register as `@corr/log-bridge/internal`. Not for applications; it can change in any release.
export { checkedField } from './correlation-mixin';
export { onModuleLoad } from './module-load';
export { countLine, isBound, mainLogger, pinoLines, rootLogger } from './pino-record';
export { quoted } from './pino-fragment';
export { RecordWriter } from './record-writer';
export { spanFields } from './span-fields';
export { LIBRARIES, stampLoggersWith } from './stamp-loggers';
export type { Met } from './adapter';
export type { LoadedModule } from './module-load';

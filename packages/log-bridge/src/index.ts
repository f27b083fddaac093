export { correlationMixin } from './correlation-mixin';
export { stampLogger, stampLoggers } from './stamp-loggers';
export { stampPino } from './stamp-pino';
export type { CorrelationMixinOptions, FieldOptions, Mixin } from './correlation-mixin';
export type { StampLoggersOptions } from './stamp-loggers';

export { correlationMixin } from './correlation-mixin';
export { stampPino } from './stamp-pino';
export type { CorrelationMixinOptions, FieldOptions, Mixin } from './correlation-mixin';

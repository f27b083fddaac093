export { CorrelationIdPropagator } from './correlation-id-propagator';
export { deleteCorrelationId, setCorrelationId } from './context';
export { correlationEnv, correlationHeaders, withCarrier } from './jobs';
export { bindCorrelationId, getCorrelationId, withCorrelationId } from './scope';
export { configureCorrelation } from './shared';
export type { AcceptOptions } from './accept';
export type { CorrelationIdPropagatorOptions } from './correlation-id-propagator';
export type { Generator } from './generators';
export type { CorrelationOptions, RelayedField } from './settings';

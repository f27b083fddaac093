export { CorrelationIdPropagator } from './correlation-id-propagator';
export { deleteCorrelationId, setCorrelationId } from './context';
export { correlationEnv, correlationHeaders, withCarrier } from './jobs';
export { bindCorrelationId, getCorrelationId, withCorrelationId } from './scope';
export { configureCorrelation } from './settings';
export type { AcceptOptions } from './accept';
export type { CorrelationIdPropagatorOptions } from './correlation-id-propagator';
export type { CorrelationOptions } from './settings';

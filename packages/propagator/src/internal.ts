// What the sibling packages share, under `@corr/propagator/internal`: not for applications, and free to change.
export { show } from './accept';
export { baggageMember, withBaggageMember, withoutBaggageMember } from './baggage-header';
export { contextWithId, idOf, inboundHeaders, isSuppressed, markIgnored, withIdOf, withoutBaggageEntry } from './context';
export { warnUnacceptable } from './correlation-id-propagator';
export { OTEL_API, onOtelApi, otelApi, setPlain } from './otel-api';
export { activeContext, enter, restore, runStored } from './scope';
export { settingsFrom, shared } from './settings';
export { parseAuthority } from './targets';
export type { InboundHeaders } from './context';
export type { OtelApi } from './otel-api';
export type { Settings } from './settings';
export type { Target } from './targets';

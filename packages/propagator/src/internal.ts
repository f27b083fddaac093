// Shared with the sibling packages as `@corr/propagator/internal`. Not for applications; it can change in any release.
export { show } from './accept';
export { aliasId } from './aliases';
export { MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS, baggageMember, textOf, withBaggageMember, withoutBaggageMember } from './baggage-header';
export { BAGGAGE_ENTRY, callerOf, contextWithId, hopOf, idOf, isSuppressed, markIgnored, recordContext, relayOf, withIdOf, withoutBaggageEntry } from './context';
export { warnUnacceptable } from './correlation-id-propagator';
export { HOP_ENTRY, callIn, hopValue } from './hops';
export { OTEL_API, onOtelApi, otelApi, setPlain } from './otel-api';
export { patch, patchExports } from './patch';
export { activeContext, activeHop, contextOfThrown, newHop, noting, runExactlyIn, runIn } from './scope';
export { settingsFrom } from './settings';
export { HOP_VARIABLE, addLayer, onSettings, shared } from './shared';
export { parseAuthority } from './targets';
export type { Relay } from './context';
export type { Hop } from './hops';
export type { OtelApi } from './otel-api';
export type { Settings } from './settings';
export type { Route, Target } from './targets';

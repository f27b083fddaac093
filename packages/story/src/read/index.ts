export { follow } from './follow';
export { parseLine } from './formats/line';
export { isZone } from './formats/zone';
export { listRequests } from './list';
export { readMany } from './many';
export { NEIGHBOURS, readEntries } from './one';
export { SourceError, openSources } from './sources';
export type { SourceOptions, Sources } from './sources';
export type { Found, ListQuery, ParseOptions, Progress, ReadOptions, RequestSummary } from './options';

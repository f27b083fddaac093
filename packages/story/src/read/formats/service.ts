import path from 'node:path';

/** What a line is wrapped in says of it: docker, a pod, journald, or nothing. */
export interface Wrapping {
  service?: string;
  host?: string;
  pid?: number;
  level?: string | number;
  time?: string | number;
}

const PACKED = /\.(?:gz|zst|zstd|z)$/i;
/** `.1`, `-20261125`, `.2026-11-25`, `-2026-11-25_03`: what rotation adds, before or behind the extension. */
const ROTATION = /[.-](?:\d{1,5}|\d{4}-?\d\d-?\d\d(?:[-_T.]?\d\d(?:[-:]?\d\d){0,2})?)(?=\.|$)/g;
const EXTENSION = /\.(?:log|json|ndjson|jsonl|txt|out|err|otlp)$/i;
const SAYS_NOTHING = new Set(['access', 'error', 'out', 'err', 'stdout', 'stderr', 'current', 'log', 'output', 'messages']);

/** The name of a log without what rotation and compression added: `orders.log.2.gz` and `orders-2026-11-25.log` are both `orders.log`. */
export function logName(file: string): string {
  return path.basename(file).replace(PACKED, '').replace(ROTATION, '');
}

/** The service that a file's name tells of; its folder's where the name is one that any service has. */
export function serviceOf(file: string): string {
  const pod = /\/pods\/[^/]+\/([^/]+)\/[^/]+$/.exec(file)?.[1] ?? /\/containers\/[^/]+_[^/]+_(.+)-[0-9a-f]{64}\.log$/.exec(file)?.[1];
  if (pod !== undefined) return pod;
  const container = /([0-9a-f]{64})-json\.log/.exec(file)?.[1];
  if (container !== undefined) return container.slice(0, 12);
  const name = logName(file).replace(EXTENSION, '');
  const folder = path.basename(path.dirname(file));
  return (SAYS_NOTHING.has(name.toLowerCase()) || name === '') && /\w/.test(folder) ? folder : name || file;
}

/** A container's name without the number that Compose gives each of its copies, and without its project's. */
export function containerService(name: string): string {
  return name.replace(/^\//, '').replace(/[-_]\d{1,3}$/, '') || name;
}

import path from 'node:path';

/** What the wrapper says about the line; the wrapper can be docker, a pod, journald, or none. */
export interface Wrapping {
  service?: string;
  host?: string;
  pid?: number;
  level?: string | number;
  time?: string | number;
}

const PACKED = /\.(?:gz|zst|zstd|z)$/i;
/** What rotation adds before or after the extension: `.1`, `-20261125`, `.2026-11-25`, `-2026-11-25_03`. */
const ROTATION = /[.-](?:\d{1,5}|\d{4}-?\d\d-?\d\d(?:[-_T.]?\d\d(?:[-:]?\d\d){0,2})?)(?=\.|$)/g;
const EXTENSION = /\.(?:log|json|ndjson|jsonl|txt|out|err|otlp)$/i;
const SAYS_NOTHING = new Set(['access', 'error', 'out', 'err', 'stdout', 'stderr', 'current', 'log', 'output', 'messages']);

/**
 * The name of a log without rotation and compression suffixes: `orders.log.2.gz` and `orders-2026-11-25.log` both become
 * `orders.log`.
 */
export function logName(file: string): string {
  return path.basename(file).replace(PACKED, '').replace(ROTATION, '');
}

/** The service named by a file; its folder's name if the file has a generic name. */
export function serviceOf(file: string): string {
  const pod = /\/pods\/[^/]+\/([^/]+)\/[^/]+$/.exec(file)?.[1] ?? /\/containers\/[^/]+_[^/]+_(.+)-[0-9a-f]{64}\.log$/.exec(file)?.[1];
  if (pod !== undefined) return pod;
  const container = /([0-9a-f]{64})-json\.log/.exec(file)?.[1];
  if (container !== undefined) return container.slice(0, 12);
  const name = logName(file).replace(EXTENSION, '');
  const folder = path.basename(path.dirname(file));
  return (SAYS_NOTHING.has(name.toLowerCase()) || name === '') && /\w/.test(folder) ? folder : name || file;
}

/** The service name of a container, without Compose's project prefix and replica number. */
export function containerService(name: string): string {
  return name.replace(/^\//, '').replace(/[-_]\d{1,3}$/, '') || name;
}

import { show } from './accept';

/** Where a request goes: a host name or address, and a port where it is known. */
export interface Target {
  host: string;
  port?: number | undefined;
}

/** Says whether a target may be given the ID; an unknown target may not. */
export type Matches = (target: Target | undefined) => boolean;

interface Pattern {
  host: string;
  suffix: boolean;
  port: number | undefined;
}

const EXPECTED = 'expected a host such as "api.example.com", "*.internal", "[::1]", each with an optional ":port", or "*"';

/**
 * Builds the leak control of a list of host patterns; `undefined` when the list lets everything through.
 *
 * Errors: throws a `TypeError` that names the option, the value and what was expected.
 */
export function targetRule(patterns: readonly string[] | undefined): Matches | undefined {
  if (patterns === undefined) return undefined;
  if (!Array.isArray(patterns)) throw new TypeError(`propagateTo: ${show(patterns)} - expected an array of host patterns`);
  const parsed = patterns.map(parsePattern);
  if (parsed.some(({ host, suffix, port }) => suffix && host === '' && port === undefined)) return undefined;

  return (target) => {
    if (target === undefined) return false;
    const host = canonicalHost(target.host);
    return parsed.some(
      (p) => (p.suffix ? host.endsWith(p.host) && host.length > p.host.length : host === p.host) && (p.port === undefined || p.port === target.port),
    );
  };
}

function parsePattern(pattern: unknown): Pattern {
  const refused = new TypeError(`propagateTo: ${show(pattern)} - ${EXPECTED}`);
  if (typeof pattern !== 'string') throw refused;
  const parts = /^(\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(pattern.trim());
  if (parts === null) throw refused;
  const [, name = '', portText] = parts;
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > 65535)) throw refused;
  const suffix = name.startsWith('*');
  return { host: canonicalHost(suffix ? name.slice(1) : name), suffix, port };
}

/** Lower case, no brackets, no root dot, one spelling of an IPv6 address. */
function canonicalHost(host: string): string {
  let name = host.toLowerCase();
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (!name.includes(':')) return name;
  if (!name.startsWith('[')) name = `[${name}]`;
  try {
    return new URL(`http://${name}`).hostname;
  } catch {
    return name;
  }
}

/** Reads "host", "host:port" or "[v6]:port", as a Host header or `:authority` has it; `undefined` when it is neither. */
export function parseAuthority(authority: unknown, defaultPort?: number): Target | undefined {
  if (typeof authority !== 'string') return undefined;
  const parts = /^(\[[^\]]+\]|[^:/@\s]+)(?::(\d{1,5}))?$/.exec(authority);
  if (parts === null) return undefined;
  return { host: parts[1] as string, port: parts[2] === undefined ? defaultPort : Number(parts[2]) };
}

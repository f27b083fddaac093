import net = require('node:net');
import { show } from './accept';

/** A host name or address, and a port if known. */
export interface Target {
  host: string;
  port?: number | undefined;
}

/** Everyone who can read a request. */
export interface Route {
  /** The host that the connection goes to; `undefined` if unknown: a socket path, or a connection that the application made. */
  connection: Target | undefined;
  /** The hosts that the request names and the proxies on its way; `undefined` for one that cannot be parsed. */
  others: readonly (Target | undefined)[];
}

/** Decides whether a request on this route may have the ID: its connection must be known, and every host on the route listed. */
export type MayReach = (route: Route) => boolean;

type Matches = (host: string, port: number | undefined) => boolean;

const EXPECTED = 'expected a host such as "api.example.com", "*.internal" or "[::1]", each with an optional ":port", a range such as "10.0.0.0/8", or "*", and a "!" before any of these to exclude it';
/**
 * Characters of names and addresses. Any other, above all NUL, could be interpreted differently by the code that connects, so it
 * matches nothing.
 */
const HOST = /^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/;

/**
 * Builds the leak control for a list of hosts; returns `undefined` if the list allows everything.
 *
 * Errors: throws a `TypeError` that names the option, the value and what was expected.
 */
export function routeRule(list: readonly string[] | undefined): MayReach | undefined {
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) throw new TypeError(`propagateTo: ${show(list)} - expected an array of hosts`);
  const listed: Matches[] = [];
  const kept: Matches[] = [];
  let all = false;
  for (const entry of list as readonly unknown[]) {
    const text = typeof entry === 'string' ? entry.trim() : '';
    const out = text.startsWith('!');
    const matches = entryRule(out ? text.slice(1) : text);
    if (matches === undefined) throw new TypeError(`propagateTo: ${show(entry)} - ${EXPECTED}`);
    if (text === '*') all = true;
    (out ? kept : listed).push(matches);
  }
  if (all && kept.length === 0) return undefined;

  const may = (target: Target | undefined): boolean => {
    const host = target === undefined ? undefined : canonicalHost(target.host);
    if (target === undefined || host === undefined) return false;
    const fits = (matches: Matches): boolean => matches(host, target.port);
    return listed.some(fits) && !kept.some(fits);
  };
  return ({ connection, others }) => may(connection) && others.every(may);
}

/** The rule for one entry; `undefined` if it cannot be parsed. */
function entryRule(entry: string): Matches | undefined {
  return rangeRule(entry) ?? hostRule(entry);
}

function rangeRule(entry: string): Matches | undefined {
  const [, address = '', bits] = /^\[?([0-9a-f:.]+)\]?\/(\d{1,3})$/i.exec(entry) ?? [];
  const family = net.isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const range = new net.BlockList();
  range.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (host) => {
    const bare = host.replace(/^\[|\]$/g, '');
    const kind = net.isIP(bare);
    return kind !== 0 && range.check(bare, kind === 4 ? 'ipv4' : 'ipv6');
  };
}

function hostRule(entry: string): Matches | undefined {
  const parts = /^(\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(entry);
  if (parts === null) return undefined;
  const [, name = '', portText] = parts;
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  const fits = (given: number | undefined): boolean => port === undefined || port === given;
  if (name === '*') return (_, given) => fits(given);
  const own = canonicalHost(name.startsWith('*') ? name.slice(2) : name);
  if (own === undefined) return undefined;
  if (!name.startsWith('*')) return (host, given) => host === own && fits(given);
  return (host, given) => host.endsWith(`.${own}`) && host.length > own.length + 1 && fits(given);
}

/** Lower case, no trailing dot, one spelling for each address, IPv6 in brackets; `undefined` for an invalid host. */
function canonicalHost(host: string): string | undefined {
  let name = host.toLowerCase();
  if (name.includes(':') && !name.startsWith('[')) name = `[${name.replace(/%.*$/, '')}]`; // a zone names the interface, not the host
  else if (name.endsWith('.')) name = name.slice(0, -1);
  if (!HOST.test(name)) return undefined;
  // "127.1", "0x7f.0.0.1" and "[0::1]" are addresses too.
  if (!name.startsWith('[') && !/^[0-9a-fx.]+$/.test(name)) return name;
  try {
    const { hostname } = new URL(`http://${name}`);
    return mapped(hostname) ?? hostname;
  } catch {
    return /^[0-9.]+$/.test(name) || name.startsWith('[') ? undefined : name;
  }
}

/** The IPv4 address that an IPv6 address maps (RFC 4291, section 2.5.5.2). */
function mapped(address: string): string | undefined {
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return [Number.parseInt(high, 16), Number.parseInt(low, 16)].flatMap((word) => [word >> 8, word & 255]).join('.');
}

/** Parses "host", "host:port" or "[v6]:port", as in a Host header or `:authority`; `undefined` for anything else. */
export function parseAuthority(authority: unknown, defaultPort?: number): Target | undefined {
  if (typeof authority !== 'string') return undefined;
  const parts = /^(\[[^\]]+\]|[^:/@\s]+)(?::(\d{1,5}))?$/.exec(authority);
  if (parts === null) return undefined;
  return { host: parts[1] as string, port: parts[2] === undefined ? defaultPort : Number(parts[2]) };
}

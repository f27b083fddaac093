import { BAGGAGE_ENTRY } from './context';
import { HOP_ENTRY } from './hops';

/** The size up to which every platform must pass baggage on (W3C Baggage, section 3.3.2). */
export const MAX_BAGGAGE_BYTES = 8192;
export const MAX_BAGGAGE_MEMBERS = 64;

const OURS = [BAGGAGE_ENTRY, HOP_ENTRY] as const;
/** What `encodeURIComponent` leaves as it is; it takes twice as long to find that out. */
const UNRESERVED = /^[\w!'()*.~-]*$/;
/** The beginning of all our names. */
const STEM = 'correlation.';

/** The ID, or our member of that name, from the text of a W3C `baggage` header: percent-decoded, not yet checked. `undefined` if there is none. */
export function baggageMember(header: unknown, name: (typeof OURS)[number] = BAGGAGE_ENTRY): string | undefined {
  if (typeof header !== 'string' || !mayHaveOurs(header)) return undefined;
  const member = header.split(',').find((each) => nameOf(each) === name);
  if (member === undefined) return undefined;
  return decoded((member.split(';', 1)[0] as string).slice(member.indexOf('=') + 1).trim());
}

/**
 * The header's text with each of our members once. Other members stay unchanged; if the text would be too long, it has only those.
 * If there is no hop to send, `undefined` keeps the hop that is there and `null` removes it.
 */
export function withBaggageMember(header: string | undefined, id: string, hop?: string | null): string {
  const ours = BAGGAGE_ENTRY + '=' + (UNRESERVED.test(id) ? id : encodeURIComponent(id)) + (hop == null ? '' : ',' + HOP_ENTRY + '=' + hop);
  const others = withoutBaggageMember(header, hop === undefined ? [BAGGAGE_ENTRY] : OURS);
  if (others === undefined) return ours;
  return others.length + 1 + ours.length > MAX_BAGGAGE_BYTES ? others : `${others},${ours}`;
}

/** The header's text without our members, or those of these names, in any spelling. Others stay unchanged. `undefined` if nothing is left. */
export function withoutBaggageMember(header: string | undefined, names: readonly string[] = OURS): string | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  if (!mayHaveOurs(header)) return header;
  const others = header.split(',').filter((member) => !names.includes(nameOf(member)));
  return others.length === 0 ? undefined : others.join(',');
}

/** A field's value as one text, even if it was given several times; `undefined` if it cannot be a field's value. */
export function textOf(value: unknown): string | undefined {
  const text: unknown = Array.isArray(value) ? value.join(',') : Buffer.isBuffer(value) ? value.toString('latin1') : value;
  return typeof text === 'string' || typeof text === 'number' ? String(text) : undefined;
}

function mayHaveOurs(header: string): boolean {
  return header.includes(STEM) || header.includes('%');
}

function nameOf(member: string): string {
  const key = member.slice(0, Math.max(0, member.indexOf('='))).trim();
  return key.includes('%') ? (decoded(key) ?? key) : key;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

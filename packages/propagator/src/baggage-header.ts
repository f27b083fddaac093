import { BAGGAGE_ENTRY } from './context';

// W3C Baggage, section 3.3.2: what every platform must be able to pass on.
const MAX_LENGTH = 8192;

/** The ID in the text of a W3C `baggage` header, percent-decoded and not yet accepted; `undefined` when there is none. */
export function baggageMember(header: unknown): string | undefined {
  if (typeof header !== 'string' || !header.includes(BAGGAGE_ENTRY)) return undefined;
  const member = header.split(',').find(isOurs);
  if (member === undefined) return undefined;
  const value = (member.split(';', 1)[0] as string).slice(member.indexOf('=') + 1).trim();
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** The header's text with our member in it, once; other members stay as they are. `undefined` when it would be too long. */
export function withBaggageMember(header: string | undefined, id: string): string | undefined {
  const member = `${BAGGAGE_ENTRY}=${encodeURIComponent(id)}`;
  const others = withoutBaggageMember(header);
  if (others === undefined) return member;
  return others.length + 1 + member.length > MAX_LENGTH ? others : `${others},${member}`;
}

/** The header's text without our member; other members stay as they are. `undefined` when nothing is left. */
export function withoutBaggageMember(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  if (!header.includes(BAGGAGE_ENTRY)) return header;
  const others = header.split(',').filter((member) => !isOurs(member));
  return others.length === 0 ? undefined : others.join(',');
}

function isOurs(member: string): boolean {
  return member.slice(0, Math.max(0, member.indexOf('='))).trim() === BAGGAGE_ENTRY;
}

import { BAGGAGE_ENTRY } from './context';

/** What every platform must be able to pass on (W3C Baggage, section 3.3.2). */
export const MAX_BAGGAGE_BYTES = 8192;
export const MAX_BAGGAGE_MEMBERS = 64;

/** The ID in the text of a W3C `baggage` header, percent-decoded and not yet accepted; `undefined` when there is none. */
export function baggageMember(header: unknown): string | undefined {
  if (typeof header !== 'string' || !mayHaveOurs(header)) return undefined;
  const member = header.split(',').find(isOurs);
  if (member === undefined) return undefined;
  return decoded((member.split(';', 1)[0] as string).slice(member.indexOf('=') + 1).trim());
}

/** The header's text with our member in it, once; other members stay as they are. They alone where it would be too long. */
export function withBaggageMember(header: string | undefined, id: string): string {
  const member = `${BAGGAGE_ENTRY}=${encodeURIComponent(id)}`;
  const others = withoutBaggageMember(header);
  if (others === undefined) return member;
  return others.length + 1 + member.length > MAX_BAGGAGE_BYTES ? others : `${others},${member}`;
}

/** The header's text without our member, however that is written; other members stay as they are. `undefined` when nothing is left. */
export function withoutBaggageMember(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  if (!mayHaveOurs(header)) return header;
  const others = header.split(',').filter((member) => !isOurs(member));
  return others.length === 0 ? undefined : others.join(',');
}

function mayHaveOurs(header: string): boolean {
  return header.includes(BAGGAGE_ENTRY) || header.includes('%');
}

function isOurs(member: string): boolean {
  const key = member.slice(0, Math.max(0, member.indexOf('='))).trim();
  return key === BAGGAGE_ENTRY || (key.includes('%') && decoded(key) === BAGGAGE_ENTRY);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

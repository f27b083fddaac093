import { inspect } from 'node:util';

/** Which IDs are acceptable. */
export interface AcceptOptions {
  /** Length of the longest acceptable ID, from 36 (a generated UUID) to 4096 characters. Default 128. */
  maxLength?: number;
  /** Acceptable characters, written like the inside of a character class in a regular expression. Default `A-Za-z0-9._~:/+=@#-`. */
  characters?: string;
}

/** Returns an acceptable ID unchanged, and `undefined` for everything else. */
export type Accept = (value: unknown) => string | undefined;

export const DEFAULT_MAX_LENGTH = 128;
const DEFAULT_CHARACTERS = 'A-Za-z0-9._~:/+=@#-';

// Each of these would let an ID forge something: a log line, a second list member, a baggage entry.
const FORGING = [' ', '"', ',', ';', '\\'];
const GENERATED = '0123456789abcdef-';
const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i));

/**
 * Builds the rule for acceptable IDs.
 *
 * Errors: throws a `TypeError` that names the option, the value and what was expected.
 */
export function acceptRule({ maxLength = DEFAULT_MAX_LENGTH, characters = DEFAULT_CHARACTERS }: AcceptOptions = {}): Accept {
  if (!Number.isInteger(maxLength) || maxLength < 36 || maxLength > 4096) {
    throw new TypeError(`maxLength: ${show(maxLength)} - expected an integer from 36 to 4096`);
  }
  const allowed = allowedCharacters(characters);
  // Built from the allowed printable ASCII characters alone, so that no class can allow a control or non-ASCII character.
  const shape = new RegExp(`^[${allowed.map((c) => `\\x${c.charCodeAt(0).toString(16)}`).join('')}]+$`);

  const one: Accept = (value) =>
    typeof value === 'string' && value.length <= maxLength && shape.test(value) ? value : undefined;

  // A request's ID is asked about where it comes in, and again for each call.
  let last: string | undefined;
  return (value) => {
    if (value === last) return last;
    const accepted = one(firstMember(Array.isArray(value) ? value[0] : value));
    if (accepted !== undefined) last = accepted;
    return accepted;
  };
}

/** Node joins a header sent twice to "a, b"; the first value counts. */
function firstMember(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const comma = value.indexOf(',');
  return comma === -1 ? value : value.slice(0, comma);
}

function allowedCharacters(characters: unknown): string[] {
  const expected = 'expected the inside of a regular expression class, such as A-Za-z0-9-';
  if (typeof characters !== 'string' || characters === '') throw new TypeError(`characters: ${show(characters)} - ${expected}`);
  let member: RegExp;
  try {
    member = new RegExp(`^[${characters}]$`);
  } catch {
    throw new TypeError(`characters: ${show(characters)} - ${expected}`);
  }
  const allowed = PRINTABLE.filter((c) => member.test(c));
  const forging = FORGING.filter((c) => allowed.includes(c));
  if (forging.length > 0) {
    throw new TypeError(`characters: ${show(characters)} - expected none of ${forging.map(show).join(' ')}, which can forge a log line or a header`);
  }
  const missing = [...GENERATED].filter((c) => !allowed.includes(c));
  if (missing.length > 0) {
    throw new TypeError(`characters: ${show(characters)} - expected ${GENERATED} among them, which a generated UUID needs (missing: ${missing.join('')})`);
  }
  return allowed;
}

/** A value formatted for an error message. */
export function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
}

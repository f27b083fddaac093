/** Name of the baggage member that carries the number of a call, next to `correlation.id`. */
export const HOP_ENTRY = 'correlation.hop';

/** Longest value that is sent or read, in bytes. */
const LONGEST = 96;
/** Separates the number from the hash of its ID. No number has two dots in a row. */
const BOND = '..';
const HASH_LENGTH = 4;
/** Replaces the parts that were removed from the middle of a number that became too long. */
const MARK = '-';
/** Parts that stay in front of the mark: the root, and the services that answered its first two calls. */
const KEPT = 3;
/** The number of a call: a root, then for each hop the number of its call and the service that answered it. The last call has no answer yet. */
const CALL = /^[0-9a-z]{1,16}(?:\.(?:[0-9]{1,9}(?:-[0-9a-z]{1,8})?|-))*\.[0-9]{1,9}$/;

/**
 * One request that one service handles: its place on the route of its ID, and the number of calls made so far.
 *
 * `k3f9` is where the ID came in, `k3f9.2` is the second call made there, and `k3f9.2-8ab` is the service that answered that call.
 */
export class Hop {
  readonly number: string;
  /** The call that this hop answers; `undefined` for the hop where the ID came in. */
  readonly answers: string | undefined;
  /** What the server knows about the request: `undefined` if it is served elsewhere, `null` when it is through. Copies of this package share it. */
  served: object | null | undefined;
  private calls = 0;
  /** The value that a propagator wrote last. The request that is sent with it gets no second number. */
  private written: string | undefined;

  /** The receiver adds random characters, because the number that arrives may not be unique: proxies retry. */
  constructor(answers?: string, number = answers === undefined ? drawn(4) : `${answers}-${drawn(3)}`, readonly isOfRecord = false) {
    this.answers = answers;
    this.number = number;
  }

  /**
   * The same for where a record of this hop is written. Calls made from there have neither a number nor a record: a stream that sends
   * each line by http would otherwise cause one line more by each, without end.
   */
  ofRecord(): Hop {
    return new Hop(this.answers, this.number, true);
  }

  /** The number of the next call of this hop. */
  nextCall(): string {
    return cut(`${this.number}.${++this.calls}`);
  }

  /** The value that a propagator writes for the next call. */
  write(id: string): string {
    return (this.written = hopValue(this.nextCall(), id));
  }

  /** The number of the next call, or the one that a propagator already wrote into this request. */
  nextCallOf(value: string | undefined): string {
    if (value === undefined || value !== this.written) return this.nextCall();
    this.written = undefined;
    return value.slice(0, value.indexOf(BOND));
  }
}

/** The value of the baggage member for a call with that number and ID. */
export function hopValue(call: string, id: string): string {
  return call + BOND + hashOf(id);
}

/** The number of the call in a member's value; `undefined` if the value is malformed, is too long, or belongs to another ID. */
export function callIn(value: string | undefined, id: string): string | undefined {
  if (value === undefined || value.length > LONGEST) return undefined;
  const end = value.length - HASH_LENGTH - BOND.length;
  if (end < 1 || value.slice(end) !== BOND + hashOf(id)) return undefined;
  const call = value.slice(0, end);
  return CALL.test(call) ? call : undefined;
}

/** Random base-36 digits. They need not be secret, because no decision depends on them. */
function drawn(digits: 3 | 4): string {
  return Math.floor(Math.random() * 36 ** digits).toString(36).padStart(digits, '0');
}

/** Four characters that distinguish IDs: the 32-bit FNV-1a hash of the ID's characters, modulo 36^4, in base 36. */
function hashOf(id: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return ((hash >>> 0) % 36 ** HASH_LENGTH).toString(36).padStart(HASH_LENGTH, '0');
}

/** Shortens a number that is too long: a mark replaces whole parts of its middle. */
function cut(number: string): string {
  const longest = LONGEST - BOND.length - HASH_LENGTH;
  if (number.length <= longest) return number;
  const parts = number.split('.');
  const head = parts.slice(0, KEPT);
  const tail = parts.slice(KEPT);
  while (tail.length > 1 && [...head, MARK, ...tail].join('.').length > longest) tail.shift();
  return [...head, MARK, ...tail].join('.');
}

/** Name of the baggage member in which the number of a call travels, beside `correlation.id`. */
export const HOP_ENTRY = 'correlation.hop';

/** Longest value that is sent or read, in bytes. */
const LONGEST = 96;
/** Between the number and the hash of its ID; no number has two dots in a row. */
const BOND = '..';
const HASH_LENGTH = 4;
/** Stands for the parts that were cut out of the middle of a number that grew too long. */
const MARK = '-';
/** Parts that a cut leaves in front of the mark: the root, and whoever answered its first two calls. */
const KEPT = 3;
/** The number of a call: a root, then for each hop the number of its call and whoever answered it; the last call is not answered yet. */
const CALL = /^[0-9a-z]{1,16}(?:\.(?:[0-9]{1,9}(?:-[0-9a-z]{1,8})?|-))*\.[0-9]{1,9}$/;

/**
 * One request, handled by one service: where on the route of its ID it is, and how many calls were made there.
 *
 * `k3f9` is where the ID came in, `k3f9.2` the second call made there, `k3f9.2-8ab` whoever answered it.
 */
export class Hop {
  readonly number: string;
  /** The call that it answers; `undefined` where the ID came in. */
  readonly answers: string | undefined;
  private calls = 0;
  /** The value that a propagator wrote last: the request that is sent with it draws no second number. */
  private written: string | undefined;

  /** Whoever answers draws an entry of its own: the number that arrives need not be unique, since proxies retry. */
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

  /** The number of the next call that is made here. */
  nextCall(): string {
    return cut(`${this.number}.${++this.calls}`);
  }

  /** The same for a propagator, as the value that it writes. */
  write(id: string): string {
    return (this.written = hopValue(this.nextCall(), id));
  }

  /** The number of the next call, or the one that a propagator wrote into this very request. */
  nextCallOf(value: string | undefined): string {
    if (value === undefined || value !== this.written) return this.nextCall();
    this.written = undefined;
    return value.slice(0, value.indexOf(BOND));
  }
}

/** The value of the member for a call of that number and ID. */
export function hopValue(call: string, id: string): string {
  return `${call}${BOND}${hashOf(id)}`;
}

/** The number of the call in a member's value; `undefined` for one that is not well formed, too long, or came with another ID. */
export function callIn(value: string | undefined, id: string): string | undefined {
  if (value === undefined || value.length > LONGEST) return undefined;
  const end = value.length - HASH_LENGTH - BOND.length;
  if (end < 1 || value.slice(end) !== BOND + hashOf(id)) return undefined;
  const call = value.slice(0, end);
  return CALL.test(call) ? call : undefined;
}

/** Random digits of base 36. They are no secret: nothing is decided by them. */
function drawn(digits: 3 | 4): string {
  return Math.floor(Math.random() * 36 ** digits).toString(36).padStart(digits, '0');
}

/** Four characters that tell one ID from another: the 32-bit hash FNV-1a of its characters, modulo 36^4, in base 36. */
function hashOf(id: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return ((hash >>> 0) % 36 ** HASH_LENGTH).toString(36).padStart(HASH_LENGTH, '0');
}

/** A number that can be sent: where it is too long, whole parts of the middle give way to a mark. */
function cut(number: string): string {
  const longest = LONGEST - BOND.length - HASH_LENGTH;
  if (number.length <= longest) return number;
  const parts = number.split('.');
  const head = parts.slice(0, KEPT);
  const tail = parts.slice(KEPT);
  while (tail.length > 1 && [...head, MARK, ...tail].join('.').length > longest) tail.shift();
  return [...head, MARK, ...tail].join('.');
}

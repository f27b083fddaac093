import { randomBytes, randomUUID } from 'node:crypto';
import { show } from './accept';
import type { Accept } from './accept';
import { warnOnce } from './warn-once';

/** Kinds of generated IDs. */
export type Generator = 'uuid' | 'uuidv7' | 'hex32' | 'ulid';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const GENERATORS: Record<Generator, () => string> = {
  uuid: randomUUID,
  /** Epoch milliseconds in 48 bits, then random bits (RFC 9562, section 5.7). */
  uuidv7: () => {
    const hex = `${Date.now().toString(16).padStart(12, '0')}${randomUUID().replaceAll('-', '').slice(12)}`;
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
  /** In the format of a trace ID: 16 random bytes. */
  hex32: () => randomBytes(16).toString('hex'),
  /** Epoch milliseconds in 10 characters, then 16 random ones (github.com/ulid/spec). */
  ulid: () => {
    let id = '';
    for (let time = Date.now(), i = 0; i < 10; i++, time = Math.floor(time / 32)) id = `${CROCKFORD[time % 32]}${id}`;
    for (const byte of randomBytes(16)) id += CROCKFORD[byte % 32];
    return id;
  },
};

/**
 * Returns a function that always makes acceptable IDs, whatever the given generator does.
 *
 * Errors: throws a `TypeError` if `generator` is neither a function nor one of the names.
 */
export function generatorOf(generator: unknown, accept: Accept): () => string {
  if (typeof generator === 'string' && Object.hasOwn(GENERATORS, generator)) {
    const make = GENERATORS[generator as Generator];
    // Its characters may not be accepted by the application: a ULID has capitals.
    return make === randomUUID ? randomUUID : () => checked(make, accept);
  }
  if (typeof generator !== 'function') {
    throw new TypeError(`generator: ${show(generator)} - expected a function, or one of ${Object.keys(GENERATORS).join(', ')}`);
  }
  return () => checked(generator as () => unknown, accept);
}

function checked(generator: () => unknown, accept: Accept): string {
  try {
    const id = generator();
    // Compared, because the rule accepts "a,b" as "a". That is right for received IDs, but not for generated ones.
    if (id !== undefined && accept(id) === id) return id as string;
  } catch {
    // A request must not fail because no ID could be made.
  }
  warnOnce('generator', 'The generator threw or made an unacceptable Correlation-Id; random UUIDs are used instead.');
  return randomUUID();
}

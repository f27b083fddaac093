import { textOf } from '@corr/propagator/internal';

/**
 * Headers as an application gives them to Node: nothing, an object, a flat array (`[name, value, …]`), or an array of pairs.
 * Names are compared without regard to case; `name` is always lower case.
 */
export type HeaderBlock = null | undefined | unknown[] | Record<string, unknown>;

/** The value of a field of received headers, several lines joined as Node joins them; `undefined` if there is none. */
export function receivedField(rawHeaders: readonly string[], name: string): string | undefined {
  let joined: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const key = rawHeaders[i] as string;
    if (key.length !== name.length || key.toLowerCase() !== name) continue;
    const value = rawHeaders[i + 1] as string;
    joined = joined === undefined ? value : `${joined}, ${value}`;
  }
  return joined;
}

/** The values of a field that holds a list, as it was received or as the application set it. */
export function listOf(value: unknown): string[] {
  return (textOf(value) ?? '').split(',').map((one) => one.trim());
}

export function hasField(block: HeaderBlock, name: string): boolean {
  return positionOf(block, name) !== undefined;
}

/** The value of a field as the application set it, several of one name in an array; `undefined` if there is none. */
export function fieldOf(block: HeaderBlock, name: string): unknown {
  if (!hasField(block, name)) return undefined;
  const values: unknown[] = [];
  for (const [key, value] of entriesOf(block)) if (typeof key === 'string' && key.toLowerCase() === name) values.push(value);
  return values.length > 1 ? values.flat() : values[0];
}

function entriesOf(block: HeaderBlock): [name: unknown, value: unknown][] {
  if (!Array.isArray(block)) return Object.entries(block ?? {});
  if (Array.isArray(block[0])) return block as [unknown, unknown][];
  return Array.from({ length: block.length / 2 }, (_, i) => [block[2 * i], block[2 * i + 1]]);
}

/** A copy of the block, in the same shape, with that field once and with that value, or without it if the value is `undefined`. */
export function withField(block: HeaderBlock, name: string, value: string | undefined): HeaderBlock {
  if (Array.isArray(block)) return arrayWithField(block, name, value);
  const copy: Record<string, unknown> = {};
  let written = value === undefined;
  for (const key of Reflect.ownKeys(block ?? {}) as string[]) {
    if (typeof key !== 'string' || key.toLowerCase() !== name) copy[key] = (block as Record<string, unknown>)[key];
    else if (!written) copy[key] = value;
    if (typeof key === 'string' && key.toLowerCase() === name) written = true;
  }
  return copy;
}

/** A copy of the block, in the same shape, with more fields at its end. */
export function withFields(block: HeaderBlock, fields: readonly [name: string, value: string][]): HeaderBlock {
  if (!Array.isArray(block)) return { ...block, ...Object.fromEntries(fields) };
  return withSymbols([...(block as unknown[]), ...(Array.isArray(block[0]) ? fields : fields.flat())], block);
}

function arrayWithField(block: unknown[], name: string, value: string | undefined): unknown[] {
  const pairs = Array.isArray(block[0]);
  const copy: unknown[] = [];
  let written = value === undefined;
  for (const [key, given] of entriesOf(block)) {
    const named = String(key).toLowerCase() === name;
    if (named && written) continue;
    written ||= named;
    const kept = named ? value : given;
    if (pairs) copy.push([key, kept]);
    else copy.push(key, kept);
  }
  return withSymbols(copy, block);
}

/** Under a symbol, http2 keeps which headers are sensitive: those are sent in a way that no table of HPACK remembers. */
function withSymbols(copy: unknown[], block: unknown[]): unknown[] {
  for (const symbol of Object.getOwnPropertySymbols(block)) (copy as unknown as Record<symbol, unknown>)[symbol] = (block as unknown as Record<symbol, unknown>)[symbol];
  return copy;
}

/** The index in an array, or the key of an object. */
function positionOf(block: HeaderBlock, name: string): number | string | undefined {
  if (block === null || block === undefined) return undefined;
  if (!Array.isArray(block)) {
    for (const key in block) {
      if (key.length === name.length && key.toLowerCase() === name) return key;
    }
    return undefined;
  }
  const pairs = Array.isArray(block[0]);
  for (let i = 0; i < block.length; i += pairs ? 1 : 2) {
    const key = pairs ? (block[i] as unknown[])[0] : block[i];
    if (typeof key === 'string' && key.length === name.length && key.toLowerCase() === name) return i;
  }
  return undefined;
}

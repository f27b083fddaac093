import { textOf } from '@corr/propagator/internal';

/**
 * Headers as an application hands them to Node: nothing, an object, or an array that is flat (`[name, value, …]`)
 * or of pairs. Names are compared without regard to case; `name` is always lower case.
 */
export type HeaderBlock = null | undefined | unknown[] | Record<string, unknown>;

/** The value of a field of headers as they came, one or more lines of it joined as Node joins them; `undefined` when there is none. */
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

/** The values of a field that has a list of them, as it came or as the application gave it. */
export function listOf(value: unknown): string[] {
  return (textOf(value) ?? '').split(',').map((one) => one.trim());
}

export function hasField(block: HeaderBlock, name: string): boolean {
  return positionOf(block, name) !== undefined;
}

/** The value of a field as the application gave it, several of one name in an array; `undefined` when there is none. */
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

/** A copy of the block, in its own shape, with that field's value replaced, in one line where there were more, or without the field when the value is `undefined`. */
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

/** A copy of the block, in its own shape, with further fields behind its own. */
export function withFields(block: HeaderBlock, fields: readonly [name: string, value: string][]): HeaderBlock {
  if (!Array.isArray(block)) return { ...block, ...Object.fromEntries(fields) };
  return [...(block as unknown[]), ...(Array.isArray(block[0]) ? fields : fields.flat())];
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
  return copy;
}

/** Index into an array, key of an object. */
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

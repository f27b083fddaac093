import { StoreError } from './endpoint';

// Requested values become SQL only here. They are written as hexadecimal digits, so that no value can contain syntax: ClickHouse
// 18.16 has no query parameters.

/** A string as an expression of its bytes. */
export function bytes(text: string): string {
  return `unhex('${Buffer.from(text, 'utf8').toString('hex')}')`;
}

/** Quotes the name of a table or column. Throws `StoreError` for characters that such names do not have. */
export function quoted(name: string): string {
  if (name === '' || /[`\\\u0000-\u001f]/.test(name)) throw new StoreError('a name in the address has a backtick, a backslash or a control character');
  return `\`${name}\``;
}

/** A number as a literal; 0 for NaN and infinities. */
export function literal(value: number): string {
  return Number.isFinite(value) ? String(value) : '0';
}

import { StoreError } from './endpoint';

// Whatever is asked for becomes SQL here and nowhere else. Values are hexadecimal digits, so that nothing in them is syntax:
// 18.16 has no parameters of queries.

/** A string as an expression: its bytes. */
export function bytes(text: string): string {
  return `unhex('${Buffer.from(text, 'utf8').toString('hex')}')`;
}

/** Name of a table or column. Throws `StoreError` for characters that no name of a log's has. */
export function quoted(name: string): string {
   
  if (name === '' || /[`\\\u0000-\u001f]/.test(name)) throw new StoreError('a name in the address has a backtick, a backslash or a control character');
  return `\`${name}\``;
}

/** A number as a literal; what is none is 0. */
export function literal(value: number): string {
  return Number.isFinite(value) ? String(value) : '0';
}

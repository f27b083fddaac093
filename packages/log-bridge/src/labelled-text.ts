import type { Field } from './record-fields';
import { has } from './stamped-record';

/** Formats fields for a person, before the message: the ID without a name, the others as name and value. */
export function labelOf(fields: readonly Field[], key: string): string {
  if (fields.length === 0) return '';
  return `[${fields.map(([name, value]) => (name === key ? value : `${name}=${value}`)).join(' ')}]`;
}

/** Adds a label to arguments of `util.format`, before the text, or after the time if the text begins with one. */
export function labelled(args: readonly unknown[], label: string): unknown[] {
  const [first, ...rest] = args;
  const isBlank = args.length === 0 || (args.length === 1 && first === '');
  if (label === '' || isBlank) return [...args];
  if (typeof first !== 'string') return [asFormat(label), ...args];
  const time = TIME.exec(first)?.[0] ?? '';
  return [`${time}${rest.length === 0 ? label : asFormat(label)} ${first.slice(time.length)}`, ...rest];
}

function asFormat(text: string): string {
  return text.replaceAll('%', '%%');
}

// Recognises ISO 8601 and similar formats: 2026-11-25T10:00:00.000Z, [2026-11-25 10:00:00,000].
const TIME = /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?\]?:? /;

/** Appends the missing fields to a line that is a JSON object; returns `undefined` for any other text. */
export function withJsonFields(text: string, missing: (has: (name: string) => boolean) => readonly Field[]): string | undefined {
  if (!/^\s*\{/.test(text) || !/\}\s*$/.test(text)) return undefined;
  let record: object;
  try {
    record = JSON.parse(text) as object;
  } catch {
    return undefined;
  }
  const fields = missing((name) => has(record, name));
  if (fields.length === 0) return text;
  const end = text.lastIndexOf('}');
  const body = text.slice(0, end).trimEnd();
  const members = fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  return `${body}${body.trimStart() === '{' ? '' : ','}${members}${text.slice(end)}`;
}

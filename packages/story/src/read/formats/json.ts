import { isObject, parsed, tooDeep } from './fields';
import type { Json } from './fields';
import { joinDocker } from './wrappers';

const SHALLOW = 2000; // a text this short cannot nest too deep
const [SPACES, BEHIND] = [' \t[,', ' \t\r\n],'];

/** JSON in a line: an object, or a list of objects, with the text that it was read from. */
export interface ReadJson {
  record: Json;
  list?: Json[];
  raw: string;
}

/**
 * Parses a line as an object, as a list of objects, or as an item of a list that is written over several lines. Returns `undefined`
 * for other text, and for objects nested too deep to show.
 */
export function jsonIn(text: string): ReadJson | undefined {
  if (!/^[ \t[,]{0,40}\{/.test(text)) return undefined;
  const whole = parsed(text);
  if (Array.isArray(whole)) return whole.every(isObject) && isShown(text, whole) ? { record: {}, list: whole, raw: text } : undefined;
  const docker = whole === undefined && text.startsWith('{"log":') && text.includes('\n') ? dockerParts(text) : undefined;
  const raw = whole === undefined ? itemIn(text) : text.trim();
  const record = whole ?? docker ?? parsed(raw);
  return isObject(record) && isShown(text, record) ? { record, raw: docker === undefined ? raw : text } : undefined;
}

function isShown(text: string, value: unknown): boolean {
  return !(text.length > SHALLOW && tooDeep(value));
}

/** The item, without the brackets and commas around it; if it is indented, up to the brace in the same column. */
function itemIn(text: string): string {
  const [indented] = /^[ \t]+\{\r?\n/.test(text) ? (/^([ \t]*)\{[^]*?\n\1\}/.exec(text) ?? []) : [];
  if (indented !== undefined) return indented.trim();
  let [start, end] = [0, text.length];
  while (SPACES.includes(text[start] ?? '-')) start++;
  while (end > start && BEHIND.includes(text[end - 1] as string)) end--;
  return text.slice(start, end);
}

function dockerParts(text: string): Json | undefined {
  try {
    return joinDocker(text.split('\n').map((line) => JSON.parse(line) as Json));
  } catch {
    return undefined;
  }
}

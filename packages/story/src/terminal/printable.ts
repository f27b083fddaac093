/** Longest displayed text; a line can have ten million characters. */
const LONGEST = 4000;
/**
 * Characters that affect a terminal or the reading order: controls, format characters (bidi overrides), separators, unpaired
 * surrogates.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
/** More marks than this on one letter would cover the lines above and below. */
const PILED = /(\p{M}{4})\p{M}+/gu;

/** Makes a text of a log line safe for a terminal: on one line, special characters visible, length bounded. */
export function printable(text: string): string {
  const cut = text.length <= LONGEST ? text : text.slice(0, LONGEST);
  const shown = cut.replace(UNSEEN, show).replace(PILED, '$1');
  return cut === text ? shown : `${shown}… (${text.length} characters)`;
}

function show(character: string): string {
  const code = character.codePointAt(0) as number;
  if (character === '\n') return '↵';
  if (character === '\t') return '⇥';
  if (code < 0x20) return String.fromCodePoint(0x2400 + code); // Unicode's symbols for control characters
  if (code === 0x7f) return '␡';
  if (code === 0x200d) return character; // joins emoji
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** JSON that is safe for a terminal: JSON itself escapes only the controls of ASCII. Its meaning is the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, (character) => Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''));
}

/** Longest text of a line that is shown; a line can have ten million characters. */
const LONGEST = 4000;
/** What acts on a terminal or a reader's eye instead of being seen: controls, format characters (bidi overrides), separators, halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
/** More marks than this on one letter cover the lines above and below. */
const PILED = /(\p{M}{4})\p{M}+/gu;

/** A text of a log line as it may go to a terminal: on one line, what acts made visible, and of bounded length. */
export function visible(text: string): string {
  const cut = text.length <= LONGEST ? text : text.slice(0, LONGEST);
  const shown = cut.replace(UNSEEN, show).replace(PILED, '$1');
  return cut === text ? shown : `${shown}… (${text.length} characters)`;
}

function show(character: string): string {
  const code = character.codePointAt(0) as number;
  if (character === '\n') return '↵';
  if (character === '\t') return '⇥';
  if (code < 0x20) return String.fromCodePoint(0x2400 + code); // Unicode's pictures of the controls
  if (code === 0x7f) return '␡';
  if (code === 0x200d) return character; // it joins emoji
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

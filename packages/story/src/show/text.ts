import { number } from './quantity';

// Log lines are untrusted: nothing in them may become markup, be hidden, or reorder the text beside it.

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Characters replaced by their names: controls, bidirectional marks and overrides, invisible characters, and those that XML
 * forbids. Line feeds and tabs stay, and so do the joiners U+200C and U+200D, which Persian and emoji need.
 */
 
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\p{Surrogate}\u{e0000}-\u{e0fff}]/gu;

/** Makes visible every character that would be hidden, take effect, or be rejected by an XML parser. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) as number;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
    return `\u2039U+${code.toString(16).toUpperCase().padStart(4, '0')}\u203a`;
  });
}

/** Removes unpaired surrogates, which JSON can contain and UTF-8 cannot. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Escapes text for markup: at most `longest` characters, all visible, no tags. */
export function markup(text: string, longest = 2000): string {
  return visible(clip(text, longest)).replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
}

/** Like `markup`, on one line. */
export function oneLine(text: string, longest = 200): string {
  return markup(text.slice(0, longest * 4).replace(/\s+/g, ' ').trim(), longest);
}

/** Shortens a text to `longest` characters and says how much is left out. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const left = text.length - longest;
  return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}\u2026 (${number(left)} more)`;
}

/** One line of plain text with all characters visible, for a terminal. */
export function oneLineOf(text: string, longest = 200): string {
  return visible(clip(text.slice(0, longest * 4).replace(/\s+/g, ' ').trim(), longest));
}

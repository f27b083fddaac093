import { number } from './quantity';

// A log line is a stranger's text: nothing in it may become markup, hide, or reorder what stands beside it.

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Characters that are shown by name: controls, bidirectional overrides and marks, what is invisible, and what XML forbids.
 * Line feeds and tabs stay. So do joiners (U+200C, U+200D), which Persian and emoji are written with.
 */
 
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\p{Surrogate}\u{e0000}-\u{e0fff}]/gu;

/** The text with every character seen that would be hidden, act, or be refused by an XML parser. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) as number;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
    return `\u2039U+${code.toString(16).toUpperCase().padStart(4, '0')}\u203a`;
  });
}

/** The text without halves of characters, which JSON may hold and UTF-8 may not. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** The text as markup: of at most `longest` characters, each of them seen, none of them a tag. */
export function markup(text: string, longest = 2000): string {
  return visible(clip(text, longest)).replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
}

/** As `markup`, in one line. */
export function oneLine(text: string, longest = 200): string {
  return markup(text.slice(0, longest * 4).replace(/\s+/g, ' ').trim(), longest);
}

/** The text if it has at most `longest` characters, else its beginning and how much is left out. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const left = text.length - longest;
  return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}\u2026 (${number(left)} more)`;
}

/** One line of text, not markup, with every character seen: for a terminal. */
export function oneLineOf(text: string, longest = 200): string {
  return visible(clip(text.slice(0, longest * 4).replace(/\s+/g, ' ').trim(), longest));
}

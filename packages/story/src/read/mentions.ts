/** What may stand before an ID although it ends with a letter: an escape of JSON, or a colour. */
const BEFORE = /(?:^|[^\w-]|\\[nrtbf]|\\u[\da-f]{4}|(?:\x1b|\\u001b)\[[\d;]*m)$/i;
/** Longest of these. */
const LONGEST = 20;

/** True if a text contains the ID, but not as part of a longer one. */
export function mentions(text: string, id: string): boolean {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
    if (BEFORE.test(text.slice(Math.max(0, at - LONGEST), at)) && !/[\w-]/.test(text[at + id.length] ?? ' ')) return true;
    if (id === '') return false;
  }
  return false;
}

/** What may stand before an ID although it ends with a letter: a colour, or an escape of JSON. */
const ESCAPE = String.raw`(?:\x1b|\\u001b)\[[\d;]*m|\\u[\da-f]{4}|\\[nrtbf]`;
const BEFORE = new RegExp(String.raw`(?:^|[^\w-]|${ESCAPE})$`, 'i');
/** Escapes, and the runs of letters with which a mentioned ID may begin. */
const RUNS = new RegExp(String.raw`${ESCAPE}|[\w-]+`, 'gi');
/** Longest escape. */
const LONGEST = 20;

/** True if a text contains the ID, but not as part of a longer one. */
export function mentions(text: string, id: string): boolean {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
    if (BEFORE.test(text.slice(Math.max(0, at - LONGEST), at)) && !/[\w-]/.test(text[at + id.length] ?? ' ')) return true;
    if (id === '') return false;
  }
  return false;
}

/** Finds those IDs that a text mentions. The runs of letters in the text are looked up, so the cost does not depend on the number of IDs. */
export function mentionedOf(ids: readonly string[]): (text: string) => string[] {
  const byRun = new Map<string, string[]>();
  for (const id of ids) {
    const [run] = /^[\w-]*/.exec(id) ?? [''];
    const alike = byRun.get(run);
    if (alike === undefined) byRun.set(run, [id]);
    else alike.push(id);
  }
  return (text) => {
    const near = new Set(byRun.get(''));
    for (const run of text.match(RUNS) ?? []) for (const id of byRun.get(run) ?? []) near.add(id);
    return [...near].filter((id) => mentions(text, id));
  };
}

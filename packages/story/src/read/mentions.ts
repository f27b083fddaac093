/** What may stand before an ID although it ends with a letter: a colour, or an escape of JSON. */
const ESCAPE = String.raw`(?:\x1b|\\u001b)\[[\d;]*m|\\u[\da-f]{4}|\\[nrtbf]`;
const BEFORE = new RegExp(String.raw`(?:^|[^\w-]|${ESCAPE})$`, 'i');
/** Escapes, and the runs of letters with which a mentioned ID may begin. */
const RUNS = new RegExp(String.raw`${ESCAPE}|[\w-]+`, 'gi');
const REALTIME = Buffer.from('"__REALTIME_TIMESTAMP"');
/** Bytes of a block that show what wrote it. */
const HEAD = 16 << 10;
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

/**
 * The forms in which writers of JSON put a text into a line: Python escapes what is not ASCII, PHP also the slash, .NET also marks
 * of HTML, Go only some of these.
 */
export function writtenForms(text: string): string[] {
  const escaped = (chars: RegExp, digits: (hex: string) => string): string => text.replace(chars, (char) => `\\u${digits(char.charCodeAt(0).toString(16).padStart(4, '0'))}`);
  const lower = String;
  const upper = (hex: string): string => hex.toUpperCase();
  const ascii = escaped(/[^\0-\x7f]/g, lower);
  return [...new Set([
    text, JSON.stringify(text).slice(1, -1), text.replaceAll('/', '\\/'), ascii, ascii.replaceAll('/', '\\/'), escaped(/[<>&]/g, lower), escaped(/["&'+<>`]|[^\0-\x7f]/g, upper),
  ])];
}

/** The form in which journald exports a message that it considers binary: a list of its bytes. */
export function asByteList(text: string): string {
  return [...Buffer.from(text)].join(',');
}

/** Whether lines are journald's export. */
export function isJournal(bytes: Buffer): boolean {
  return bytes.subarray(0, HEAD).includes(REALTIME);
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

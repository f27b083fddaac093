/** Longest number that is accepted. At most 96 bytes are sent, and a receiver appends its part. */
const LONGEST = 160;
/** A root, or the part that a call adds: the call's number, then the answering hop's number in base 36. */
const PART = /^\d+(?:-[0-9a-z]+)?$/;

/** Whether a text can be the number of a hop or call; log lines are untrusted. */
export function isNumber(text: string | undefined): text is string {
  return text !== undefined && text.length <= LONGEST && /^[0-9a-z][0-9a-z.-]*$/.test(text);
}

/** The call that a hop answers: `k3f9.2` for `k3f9.2-8ab`; `undefined` for a root. */
export function callOf(hop: string): string | undefined {
  const dot = hop.lastIndexOf('.');
  if (dot === -1) return undefined;
  const dash = hop.lastIndexOf('-');
  return dash > dot ? hop.slice(0, dash) : hop;
}

/** The hop that made a call: `k3f9` for `k3f9.2`. */
export function callerOf(call: string): string {
  return call.slice(0, Math.max(0, call.lastIndexOf('.')));
}

/** Whether middle parts of the number were cut out. A single part with the mark is not a cut number. */
export function isCut(number: string): boolean {
  return number.split('.').slice(1).some((part) => !PART.test(part));
}

/**
 * The known hop that a shortened number means: one that begins with the text before the mark and ends with the text after it, or
 * else the longest known prefix of the number.
 */
export function nearestKnown(cut: string, known: Iterable<string>): string | undefined {
  const parts = cut.split('.');
  const isMark = parts.map((part, i) => i > 0 && !PART.test(part));
  const head = parts.slice(0, isMark.indexOf(true)).join('.');
  const tail = parts.slice(isMark.lastIndexOf(true) + 1).join('.');
  const whole: string[] = [];
  let prefix: string | undefined;
  for (const hop of known) {
    if (tail !== '' && hop.startsWith(`${head}.`) && hop.endsWith(`.${tail}`)) whole.push(hop);
    if (isWithin(head, hop) && hop.length > (prefix?.length ?? 0)) prefix = hop;
  }
  return whole.length === 1 ? whole[0] : prefix;
}

/** Whether a number is that of the hop or of anything below it. */
export function isWithin(number: string, hop: string): boolean {
  return number === hop || (number.startsWith(hop) && number[hop.length] === '.');
}

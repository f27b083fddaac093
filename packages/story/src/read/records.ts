/*
 * Finds where records begin and end in bytes. A record is a line and all following lines that begin with a space, a tab or a
 * closing brace: pino-pretty's fields, a stack, an object printed over several lines. A line that docker or CRI split into parts is
 * also one record.
 */
const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const OPEN = 123;
const CLOSE = 125;
const BACKSLASH = 92;
const DOCKER = Buffer.from('{"log":"');
const STREAM = Buffer.from('","stream":"');
const MOST_LINES = 1000;
/** Longest record of several lines. */
const MOST_BYTES = 1 << 20;

/** The end of the last record in `bytes` that is certainly whole; -1 if there is none. */
export function endOfWholeRecords(bytes: Buffer): number {
  if (bytes.length < 2) return -1;
  let lines = 0;
  for (let newline = bytes.lastIndexOf(NEWLINE, bytes.length - 2); newline >= 0; newline = newline === 0 ? -1 : bytes.lastIndexOf(NEWLINE, newline - 1)) {
    if (beginsAt(bytes, newline + 1)) return newline + 1;
    if (++lines > MOST_LINES) break;
  }
  // A record of too many lines, or a file in which all lines are indented: treat each line as a record.
  return lines > MOST_LINES || bytes.length > MOST_BYTES ? bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1 || -1 : -1;
}

/** The first record that begins at `at` or later; -1 if these bytes do not show it. */
export function firstRecordFrom(bytes: Buffer, at: number): number {
  if (at <= 0) return 0;
  for (let newline = bytes.indexOf(NEWLINE, at - 1), lines = 0; newline >= 0 && newline + 1 < bytes.length; newline = bytes.indexOf(NEWLINE, newline + 1)) {
    if (beginsAt(bytes, newline + 1) || ++lines > MOST_LINES) return newline + 1;
  }
  return -1;
}

/** The end of the record that begins at `start`, without its last newline. */
export function endOfRecord(bytes: Buffer, start: number): number {
  let end = endOfLine(bytes, start);
  for (let lines = 0, line = start; end + 1 < bytes.length && lines < MOST_LINES && !beginsAt(bytes, end + 1, line); lines++) {
    line = end + 1;
    end = endOfLine(bytes, line);
  }
  return end;
}

/** The record that contains the byte at `at`: its start, and its end without the last newline. */
export function recordAround(bytes: Buffer, at: number): [start: number, end: number] {
  const line = lineStart(bytes, at);
  let start = line;
  for (let lines = 0; !beginsAt(bytes, start); lines++) {
    if (lines > MOST_LINES || line - start > MOST_BYTES) return [line, endOfLine(bytes, at)];
    start = lineStart(bytes, start - 1);
  }
  return [start, endOfRecord(bytes, start)];
}

/** True if the line at `at` does not continue the line before it. */
function beginsAt(bytes: Buffer, at: number, before = lineStart(bytes, at - 1)): boolean {
  if (at === 0) return true;
  const byte = bytes[at];
  if (byte !== SPACE && byte !== TAB && byte !== CLOSE) return !isPart(bytes, before, at - 1);
  // After a complete JSON line, indented lines belong to something else. A brace alone opens an object over several lines.
  return bytes[before] === OPEN && bytes[before + 1] !== NEWLINE && bytes[before + 1] !== 13;
}

/** True for a part of a longer line: docker's without a final newline, CRI's marked P. */
function isPart(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] as number;
  if (first === OPEN) {
    if (bytes[start + 3] !== DOCKER[3]) return false; // rules out most lines with one comparison
    if (bytes.compare(DOCKER, 0, DOCKER.length, start, Math.min(start + DOCKER.length, end)) !== 0) return false;
    const stream = bytes.lastIndexOf(STREAM, end - STREAM.length);
    if (stream < start) return false;
    let backslashes = 0;
    while (bytes[stream - 2 - backslashes] === BACKSLASH) backslashes++;
    return !(bytes[stream - 1] === 110 && backslashes % 2 === 1);
  }
  return first >= 48 && first <= 57 && /^\d{4}-\S{15,35} std(?:out|err) P /.test(bytes.toString('latin1', start, Math.min(start + 60, end)));
}

/** True if these bytes stand at a position. */
export function hasAt(bytes: Buffer, wanted: Buffer, at: number): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function lineStart(bytes: Buffer, at: number): number {
  return at <= 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
}

function endOfLine(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline < 0 ? bytes.length : newline;
}

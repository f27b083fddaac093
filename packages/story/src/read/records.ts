/*
 * Finds where records begin and end in bytes. A record is a line and all following lines that begin with a space, a tab or a
 * closing brace: pino-pretty's fields, a stack, an object printed over several lines. A line that docker or CRI split into parts is
 * also one record, and so is each item of a list of lines that is printed over several lines.
 */
const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const OPEN = 123;
const CLOSE = 125;
const BACKSLASH = 92;
const QUOTE = 34;
const LIST = 91;
/** How the items in an answer of CloudWatch and of Elasticsearch begin, by the steps of their indentation. */
const OF_ANSWER: Readonly<Record<number, RegExp>> = { 2: /^"logStreamName"|^"timestamp": ?\d{13},\s+"message"/, 3: /^"_index"/ };
const DOCKER = Buffer.from('{"log":"');
const STREAM = Buffer.from('","stream":"');
/** Where `stdout` and `stderr` differ, behind the start of `STREAM`. */
const STDX = STREAM.length + 3;
const CRI = /^\d{4}-\S{15,35} std(out|err) ([PF]) /;
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
  if (isItem(bytes, at, before)) return true;
  // After a complete JSON line, indented lines belong to something else. A brace alone opens an object over several lines.
  return bytes[before] === OPEN && bytes[before + 1] !== NEWLINE && bytes[before + 1] !== 13;
}

/**
 * True for the first line of an indented item of a list: of a list that is the whole file, whose items are indented by one step, or
 * of a list in an answer of a log store, whose items begin with known names. The step shows in the next line.
 */
function isItem(bytes: Buffer, at: number, before: number): boolean {
  const open = behindIndent(bytes, at);
  if (bytes[open] !== OPEN || open === at) return false;
  const last = behindIndent(bytes, before);
  const isFirst = bytes[last] === LIST || /\[\r?$/.test(bytes.toString('latin1', Math.max(last, at - 100), at - 1));
  if (bytes[open + 1] === QUOTE) return isFirst || (bytes[last] === OPEN && last - before === open - at);
  if (!isFirst && (bytes[last] !== CLOSE || last - before !== open - at)) return false;
  const next = endOfLine(bytes, open) + 1;
  if (next - open > 3) return false; // more than the brace on the line
  const key = behindIndent(bytes, next);
  const depth = (open - at) / (key - next - (open - at));
  return bytes[key] === QUOTE && (depth === 1 || OF_ANSWER[depth]?.test(bytes.toString('latin1', key, key + 80)) === true);
}

/** The first byte of a line that is no indentation; a deeper one than any item's is not looked at. */
function behindIndent(bytes: Buffer, at: number): number {
  let end = at;
  while (end - at < 40 && (bytes[end] === SPACE || bytes[end] === TAB)) end++;
  return end;
}

/** True for a part of a longer line that the next line continues: docker's without a final newline, CRI's marked P, of the same stream. */
function isPart(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] as number;
  if (first === OPEN) {
    if (bytes[start + 3] !== DOCKER[3]) return false; // rules out most lines with one comparison
    if (bytes.compare(DOCKER, 0, DOCKER.length, start, Math.min(start + DOCKER.length, end)) !== 0) return false;
    const stream = dockerStream(bytes, start, end);
    if (stream < 0) return false;
    let backslashes = 0;
    while (bytes[stream - 2 - backslashes] === BACKSLASH) backslashes++;
    if (bytes[stream - 1] === 110 && backslashes % 2 === 1) return false;
    const other = dockerStream(bytes, end + 1, endOfLine(bytes, end + 1));
    return other < 0 || bytes[stream + STDX] === bytes[other + STDX];
  }
  if (first < 48 || first > 57) return false;
  const part = CRI.exec(bytes.toString('latin1', start, Math.min(start + 60, end)));
  return part?.[2] === 'P' && (CRI.exec(bytes.toString('latin1', end + 1, end + 61))?.[1] ?? part[1]) === part[1];
}

/** Where the stream of a docker line is; -1 if it has none. */
function dockerStream(bytes: Buffer, start: number, end: number): number {
  const stream = bytes.lastIndexOf(STREAM, end - STREAM.length);
  return stream < start ? -1 : stream;
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

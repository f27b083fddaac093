import type { Entry } from '../model';
import type { Block } from './blocks';
import { parseLine } from './formats/line';
import { hasFailed } from './failed';
import { isOutside } from './one';
import { asByteList, isJournal, writtenForms } from './mentions';
import type { ListQuery, ReadOptions, RequestSummary } from './options';
import { endOfRecord, hasAt, recordAround } from './records';
import { scan } from './scan';
import type { Range } from './scan';
import type { Source, Sources } from './sources';
import { summariesOf } from './summaries';
import { inOrder, inThreads } from './threads';
import { rangeOf } from './window';

/** In lines of pino's: a duration that pino-http and @corr write in milliseconds, or another. */
const TIME = /"(?:responseTime|response_time|request_time|duration(?:_?ms)?|elapsed_ms|latency)":/gi;
/** In lines of pino's: a status as a number or a text, and an aborted request. */
const STATUS = /status(?:_?[Cc]ode)?":"?(?:5|499)|grpcStatus":(?:[24]|1[2-5])|request aborted|"aborted":t/g;
const LEVEL = Buffer.from('{"level":');
const [FIVE, ZERO, COMMA, OPEN, NEWLINE] = [53, 48, 44, 123, 10];
/**
 * Matches lines that may describe a failure, in any format: an error level, a 5xx status or an aborted request. A wrapper escapes the
 * quotes, a level may have a colour, and journald can export a message as a list of its bytes. False positives are sorted out after parsing.
 */
const FAILED = /"MESSAGE":\s*\[|"(?:level|levelname|severity|severityText|log\.level|lvl|loglevel|PRIORITY)\\*":\s*\\*"?(?:[5-9]\d|\d{3}|err|severe|fatal|crit|emerg|alert|panic|[0-3]\b)|"(?:grpcStatus|rpc\.grpc\.status_code)\\*"|"severityNumber\\*":\s*(?:1[7-9]|2[0-4])|"code\\*":\s*2|"aborted\\*":\s*true|request aborted|[^\d.](?:5\d\d|499)(?:[^\d.]|$)|(?:\b|\dm)(?:error|err|severe|fatal|critical)\b/i;
const TIMED = /"MESSAGE":\s*\[|response_?time|request_time|duration|elapsed|"took|latency|"(?:milli)?seconds"|UnixNano|HTTP\/[123]/i;
/** Number of entries that a list keeps; nobody reads more. */
const MOST = 200_000;

const WITHOUT_ID = 'Lines that match have no field with an ID, so they belong to no request. --key NAME tells which field has it.';

/** Lists requests that failed, that were slowest, or that have a line with a text. */
export async function listRequests(query: ListQuery, sources: Sources, options: ReadOptions = {}): Promise<{ requests: RequestSummary[]; notes: string[] }> {
  const parts = await inThreads({ kind: 'list', query }, sources, options, rangeOf(options), (...where) => listPart(query, ...where));
  const requests = summariesOf(query, inOrder(parts.map((part) => part.entries), sources));
  const notes = new Set(parts.flatMap((part) => part.notes));
  if (requests.length === 0 && parts.some(({ isWithoutId }) => isWithoutId)) notes.add(WITHOUT_ID);
  return { requests, notes: [...notes] };
}

/** Reads the slices of one thread. */
export async function listPart(query: ListQuery, sources: Sources, options: ReadOptions, range: Range | undefined): Promise<{ entries: Entry[]; notes: string[]; isWithoutId: boolean }> {
  const entries: Entry[] = [];
  let isWithoutId = false;
  let isFull = false;
  let floor = -1;
  const take = ({ bytes, offset }: Block, start: number, end: number, source: Source): void => {
    for (const line of parseLine(bytes.toString('utf8', start, end), source.name, { ...options, before: options.before ?? source.changed })) {
      if (isOutside(line, options) || !isWanted(line, query)) continue;
      if (line.id === undefined) {
        isWithoutId = true;
        continue;
      }
      const entry = { ...line, source: { name: source.name, offset: offset + start } };
      if (query.slowest !== undefined) floor = keepSlowest(entries, slim(entry), query.slowest) ?? floor;
      else if (entries.length >= MOST) isFull = true;
      else entries.push(slim(entry));
    }
  };
  const look = query.with === undefined ? byLine(query, take, () => floor) : byText(query.with, take);
  const notes = await scan(sources, look, () => entries.length, options, range);
  if (isFull) notes.push(`More than ${MOST} lines match: the rest was not read. Narrow the search with --since and --until.`);
  return { entries, notes, isWithoutId };
}

type Take = (block: Block, start: number, end: number, source: Source) => void;

function byText(text: string, take: Take): (block: Block, source: Source) => void {
  const needles = writtenForms(text).map((form) => Buffer.from(form));
  const numbers = Buffer.from(asByteList(text));
  return (block, source) => {
    const { bytes } = block;
    let last = 0;
    for (const needle of isJournal(bytes) ? [...needles, numbers] : needles) {
      for (let at = bytes.indexOf(needle, last); at >= 0; at = bytes.indexOf(needle, last)) {
        if (needle === numbers && (isDigit(bytes[at - 1]) || isDigit(bytes[at + needle.length]))) {
          last = at + 1;
          continue;
        }
        const [start, end] = recordAround(bytes, at);
        take(block, start, end, source);
        last = Math.max(end, at + 1);
      }
      last = 0;
    }
  };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte < ZERO + 10;
}

/**
 * Walks the records. A mark that few lines have is searched in the whole block at once, not in each line. Measured: a string of the
 * block and one regular expression on it take half the time of a search of its bytes for each mark.
 */
function byLine({ slowest }: ListQuery, take: Take, floor: () => number): (block: Block, source: Source) => void {
  const [markFrom, mayBeWanted] = slowest === undefined ? [statusFrom, mayHaveFailed] : [timeFrom, mayBeTimed];
  return (block, source) => {
    const { bytes } = block;
    const text = bytes.toString('latin1');
    let mark = markFrom(text, 0);
    for (let start = 0; start < bytes.length; ) {
      const isPlain = isPino(bytes, start);
      let end = bytes.indexOf(NEWLINE, start);
      // A line of pino's before a line that begins as one is the usual case, and the cheap one.
      if (!isPlain || end < 0 || bytes[end + 1] !== OPEN) end = endOfRecord(bytes, start);
      if (mark < start) mark = markFrom(text, start);
      if (mark < end ? slowest === undefined || isSlow(text, mark, end, floor()) : mayBeWanted(bytes, start, end, isPlain)) take(block, start, end, source);
      start = end + 1;
    }
  };
}

/** The next mark, or a position behind the text. */
function statusFrom(text: string, from: number): number {
  STATUS.lastIndex = from;
  return STATUS.test(text) ? STATUS.lastIndex - 1 : Infinity;
}

function timeFrom(text: string, from: number): number {
  TIME.lastIndex = from;
  return TIME.test(text) ? TIME.lastIndex : Infinity;
}

function mayHaveFailed(bytes: Buffer, start: number, end: number, isPlain: boolean): boolean {
  if (!isPlain) return FAILED.test(bytes.toString('latin1', start, end));
  const level = bytes[start + 9];
  return level !== undefined && level >= FIVE;
}

function mayBeTimed(bytes: Buffer, start: number, end: number, isPlain: boolean): boolean {
  return !isPlain && TIMED.test(bytes.toString('latin1', start, end));
}

/** True for pino's prefix `{"level":50,`, whose level is read at a fixed position instead of searched for. */
function isPino(bytes: Buffer, start: number): boolean {
  return bytes[start + 11] === COMMA && bytes[start + 10] === ZERO && hasAt(bytes, LEVEL, start);
}

function isWanted(entry: Entry, { failed, slowest }: ListQuery): boolean {
  if (failed === true) return hasFailed(entry);
  return slowest === undefined || (entry.exchange?.ms !== undefined && entry.exchange.host === undefined);
}

/**
 * Keeps more entries than are shown, because several can belong to one request. Returns the new duration that a line must reach,
 * when it changes.
 */
function keepSlowest(entries: Entry[], entry: Entry, wanted: number): number | undefined {
  entries.push(entry);
  const most = Math.max(200, wanted * 20);
  if (entries.length < most * 2) return undefined;
  entries.sort((a, b) => (b.exchange?.ms ?? 0) - (a.exchange?.ms ?? 0));
  entries.length = most;
  return entries.at(-1)?.exchange?.ms;
}

/** Whether the milliseconds at a mark are as many. Another duration than `responseTime` may be in any unit, and of something else than a request. */
function isSlow(text: string, mark: number, end: number, floor: number): boolean {
  if (text.startsWith('responseTime', mark - 14)) return Number.parseFloat(text.slice(mark, mark + 16)) >= floor;
  return text.slice(mark, end).includes('"method"') || text.slice(Math.max(0, mark - 1000), mark).includes('"method"');
}

/** Removes what a summary does not show, so that a long list stays small. */
function slim(entry: Entry): Entry {
  const { error } = entry;
  const kept: Entry = { ...entry, raw: '', ...(error === undefined ? {} : { error: { message: error.message } }) };
  delete kept.record;
  return kept;
}

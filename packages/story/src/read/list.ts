import type { Entry } from '../model';
import type { Block } from './blocks';
import { parseLine } from './formats/line';
import { isOutside } from './one';
import type { ListQuery, ReadOptions, RequestSummary } from './options';
import { endOfRecord, recordAround } from './records';
import { scan } from './scan';
import type { Source, Sources } from './sources';
import { summariesOf } from './summaries';
import { rangeOf } from './window';

/** `{"level":50,`: where pino's lines have their level, which is looked at without a search. */
const LEVEL = Buffer.from('{"level":');
const [FIVE, SIX, ZERO, COMMA] = [53, 54, 48, 44];
/** What a line of a failure has in whichever format: an error's level, or a status of 5xx. Some of what it matches is none; the parsed line says. */
const FAILED = /"(?:level|levelname|severity|severityText|log\.level|PRIORITY)":\s*"?(?:[56]0|error|fatal|crit|emerg|alert|panic|[0-3]")|"status(?:_?code)?":\s*"?5\d\d|"severityNumber":\s*(?:1[7-9]|2[0-4])|"code":\s*2|[^\d.]5\d\d(?:[^\d.]|$)|\b(?:error|fatal|critical)\b/i;
const TIMED = /"responseTime"|"response_time|request_time|duration|elapsed|"took"|latency|UnixNano"|HTTP\/[123]/;
/** Entries of a list that are kept; more would not be read by anybody. */
const MOST = 200_000;

/** Requests that failed, that were slowest, or that have a line with a text. */
export async function listRequests(query: ListQuery, sources: Sources, options: ReadOptions = {}): Promise<{ requests: RequestSummary[]; notes: string[] }> {
  const entries: Entry[] = [];
  let isFull = false;
  const take = (bytes: Buffer, start: number, end: number, source: Source): void => {
    for (const entry of parseLine(bytes.toString('utf8', start, end), source.name, { ...options, before: options.before ?? source.changed })) {
      if (entry.id === undefined || isOutside(entry, options) || !isWanted(entry, query)) continue;
      if (entries.length >= MOST) isFull = true;
      else entries.push(query.with === undefined ? slim(entry) : entry);
    }
  };
  const look = query.with === undefined ? byLine(query, take) : byText(query.with, take);
  const notes = await scan(sources, look, () => entries.length, options, rangeOf(options));
  if (isFull) notes.push(`More than ${MOST} lines match: the rest was not read. Narrow it down by --since and --until.`);
  return { requests: summariesOf(query, entries), notes };
}

type Take = (bytes: Buffer, start: number, end: number, source: Source) => void;

function byText(text: string, take: Take): (block: Block, source: Source) => void {
  // In JSON a quote or a line's end stands otherwise.
  const needles = [...new Set([text, JSON.stringify(text).slice(1, -1)])].map((each) => Buffer.from(each));
  return ({ bytes }, source) => {
    let last = 0;
    for (const needle of needles) {
      for (let at = bytes.indexOf(needle, last); at >= 0; at = bytes.indexOf(needle, last)) {
        const [start, end] = recordAround(bytes, at);
        take(bytes, start, end, source);
        last = Math.max(end, at + 1);
      }
      last = 0;
    }
  };
}

function byLine({ slowest }: ListQuery, take: Take): (block: Block, source: Source) => void {
  const isCandidate = slowest === undefined ? mayHaveFailed : mayBeTimed;
  return ({ bytes }, source) => {
    for (let start = 0; start < bytes.length; ) {
      const end = endOfRecord(bytes, start);
      if (isCandidate(bytes, start, end)) take(bytes, start, end, source);
      start = end + 1;
    }
  };
}

const STATUS = [Buffer.from('"statusCode":5'), Buffer.from('"status":5')];

function mayHaveFailed(bytes: Buffer, start: number, end: number): boolean {
  if (bytes.compare(LEVEL, 0, LEVEL.length, start, Math.min(start + LEVEL.length, end)) === 0 && bytes[start + 11] === COMMA && bytes[start + 10] === ZERO) {
    const level = bytes[start + 9];
    if (level === FIVE || level === SIX) return true;
    const line = bytes.subarray(start, end);
    return STATUS.some((status) => line.includes(status));
  }
  return FAILED.test(bytes.toString('latin1', start, end));
}

function mayBeTimed(bytes: Buffer, start: number, end: number): boolean {
  return TIMED.test(bytes.toString('latin1', start, end));
}

function isWanted({ level, exchange }: Entry, { failed, slowest }: ListQuery): boolean {
  if (failed === true) return level === 'error' || level === 'fatal' || (exchange?.status ?? 0) >= 500;
  return slowest === undefined || (exchange?.ms !== undefined && exchange.host === undefined);
}

/** Without what a summary does not say: a list of many lines stays small. */
function slim(entry: Entry): Entry {
  const { error } = entry;
  const kept: Entry = { ...entry, raw: '', ...(error === undefined ? {} : { error: { message: error.message } }) };
  delete kept.record;
  return kept;
}

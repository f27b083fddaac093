import { atWall, offsetAt, offsetOf } from './zone';

/** A time found in a line. */
export interface Time {
  /** Epoch milliseconds, with fractions where the line has them. */
  ms: number;
  /** Precision in milliseconds. */
  resolution: number;
  /** True if nothing says in which zone it is. */
  isLocal?: boolean;
}

export interface TimeOptions {
  zone?: string;
  before?: number;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const CLOCK = String.raw`(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?`;
const ZONE = String.raw`\s?(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?`;
const ISO = new RegExp(String.raw`(\d{4})[-/](\d\d)[-/](\d\d)[T ]${CLOCK}${ZONE}(?![\d:])`);
const CLF = new RegExp(String.raw`(\d\d)/([A-Z][a-z]{2})/(\d{4}):${CLOCK}${ZONE}`);
const SYSLOG = new RegExp(String.raw`\b([A-Z][a-z]{2}) ([ \d]\d) ${CLOCK}`);
const OF_DAY = new RegExp(String.raw`(?<![\d:T-])${CLOCK}(?![\d:])`);
/** At the start, or in a field of that name: of logfmt, or of JSON that was cut off. Any other number can be an order's. */
const EPOCH = /(?:^[[(\s]*|(?<![\w.-])(?:time|ts|timestamp)\\*"?[:=]\s?\\*"?)(1\d{9}(?:\d{3}){0,3}(?:\.\d{1,9})?)(?![\w.-])/;
/** Two words of a sentence, as a message has them before a time that it speaks of; a head has levels, names and addresses. */
const SENTENCE = /(?<!\S)[A-Z]?[a-z]+:? [a-z]+ /;
const EARLIEST = Date.UTC(1990, 0, 1);
const DAY = 86_400_000;

/** Parses the time in a field: text, or a number of seconds, milliseconds, microseconds or nanoseconds. */
export function timeOf(value: unknown, options?: TimeOptions): Time | undefined {
  if (typeof value === 'number') return ofNumber(value, String(value));
  if (typeof value !== 'string' || value.length > 64) return undefined;
  if (/^\d{9,19}(\.\d+)?$/.test(value)) return ofNumber(Number(value), value);
  return timeIn(value, options);
}

/**
 * The first time in a text: with a date (ISO, CLF, syslog), an epoch, or a time of day, whose date comes from `before`. A time within a sentence is what the message is about, not when it was written.
 */
export function timeIn(text: string, options: TimeOptions = {}, before = SENTENCE): Time | undefined {
  let first: { found: RegExpExecArray; parse: Parse } | undefined;
  for (const [format, parse] of FORMATS) {
    const found = format.exec(text);
    if (found !== null && (first === undefined || found.index < first.found.index)) first = { found, parse };
    if (first?.found.index === 0) break;
  }
  return first === undefined || before.test(text.slice(0, first.found.index)) ? undefined : first.parse(first.found, options);
}

/** The time that begins a text, before anything but brackets. */
export function timeAtStart(text: string, options?: TimeOptions): Time | undefined {
  return timeIn(text.slice(0, 64), options, /[^[(\s]/);
}

/**
 * The time of a line that has its own, in a wrapper that has another. The own one is when the line was written, the wrapper's when
 * it was collected. An own time without a zone could be in any, so it counts only if it is the more exact one.
 */
export function timeWithin(wrapper: Time | undefined, own: (options: TimeOptions) => Time | undefined, options: TimeOptions): Time | undefined {
  // A time of day is on the wrapper's day, or on the one next to it around midnight.
  const time = own(wrapper === undefined ? options : { ...options, before: wrapper.ms + DAY / 2 });
  if (wrapper === undefined || time === undefined) return time ?? wrapper;
  return time.isLocal === true && time.resolution >= wrapper.resolution ? wrapper : time;
}

type Parse = (found: RegExpExecArray, options: TimeOptions) => Time | undefined;

/** In the order in which they are preferred at the same place. */
const FORMATS: readonly (readonly [RegExp, Parse])[] = [
  [ISO, ([, year, month, day, ...clock], { zone }) => ofDate(Number(year), Number(month) - 1, Number(day), clock, zone)],
  [CLF, ([, day, month = '', year, ...clock], { zone }) => ofDate(Number(year), MONTHS.indexOf(month) / 3, Number(day), clock, zone)],
  [SYSLOG, ([, month = '', day, ...clock], { zone, before = Date.now() }) => {
    const inYear = (year: number): Time | undefined => ofDate(year, MONTHS.indexOf(month) / 3, Number(day), clock, zone);
    const year = wallDate(before, zone).getUTCFullYear();
    const found = inYear(year);
    return found !== undefined && found.ms > before + DAY ? inYear(year - 1) : found;
  }],
  [EPOCH, ([, digits = '']) => ofNumber(Number(digits), digits)],
  [OF_DAY, ([, ...clock], { zone, before = Date.now() }) => {
    const onDayOf = (ms: number): Time | undefined => {
      const date = wallDate(ms, zone);
      return ofDate(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), clock, zone);
    };
    const found = onDayOf(before);
    // Allow one second, because file times are rounded.
    return found !== undefined && found.ms > before + 1000 ? onDayOf(before - DAY) : found;
  }],
];

function wallDate(ms: number, zone: string | undefined): Date {
  return new Date(ms + offsetAt(ms, zone));
}

function ofNumber(value: number, digits: string): Time | undefined {
  // Today is 1.8e9 in seconds; each smaller unit is a thousand times larger.
  const unit = value < 1e11 ? 1e3 : value < 1e14 ? 1 : value < 1e17 ? 1e-3 : 1e-6;
  const ms = value * unit;
  if (!(ms >= EARLIEST && ms < 1e14)) return undefined;
  const fraction = digits.includes('e') ? 0 : (digits.split('.')[1]?.length ?? 0);
  return { ms, resolution: unit * 10 ** -fraction };
}

function ofDate(year: number, month: number, day: number, clock: readonly (string | undefined)[], zone: string | undefined): Time | undefined {
  const [hour, minute, second, fraction = '', offset] = clock;
  if (!(Number.isInteger(month) && month >= 0 && month < 12 && day >= 1 && day <= 31)) return undefined;
  const wall = Date.UTC(year, month, day, Number(hour), Number(minute), Number(second));
  const whole = offset === undefined ? atWall(wall, zone) : wall - offsetOf(offset);
  if (!(whole >= EARLIEST)) return undefined;
  return { ms: whole + (fraction === '' ? 0 : Number(`0.${fraction}`) * 1000), resolution: 1000 / 10 ** fraction.length, ...(offset === undefined && zone === undefined && { isLocal: true }) };
}

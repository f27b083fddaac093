/** A time found in a line. */
export interface Time {
  /** Epoch milliseconds, with fractions where the line has them. */
  ms: number;
  /** Precision in milliseconds. */
  resolution: number;
}

export interface TimeOptions {
  zone?: 'utc' | 'local';
  before?: number;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const CLOCK = String.raw`(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?`;
const ZONE = String.raw`\s?(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?`;
const ISO = new RegExp(String.raw`(\d{4})[-/](\d\d)[-/](\d\d)[T ]${CLOCK}${ZONE}(?![\d:])`);
const CLF = new RegExp(String.raw`(\d\d)/([A-Z][a-z]{2})/(\d{4}):${CLOCK}${ZONE}`);
const SYSLOG = new RegExp(String.raw`\b([A-Z][a-z]{2}) ([ \d]\d) ${CLOCK}`);
const OF_DAY = new RegExp(String.raw`(?<![\d:T-])${CLOCK}(?![\d:])`);
const EPOCH = /(?<![\w.-])(1\d{9}(?:\d{3}){0,3}(?:\.\d{1,9})?)(?![\w.-])/;
const EARLIEST = Date.UTC(1990, 0, 1);
const DAY = 86_400_000;

/** Parses the time in a field: text, or a number of seconds, milliseconds, microseconds or nanoseconds. */
export function timeOf(value: unknown, options?: TimeOptions): Time | undefined {
  if (typeof value === 'number') return ofNumber(value, String(value));
  if (typeof value !== 'string' || value.length > 64) return undefined;
  if (/^\d{9,19}(\.\d+)?$/.test(value)) return ofNumber(Number(value), value);
  return timeIn(value, options);
}

/** The first time in a text: with a date (ISO, CLF, syslog), epoch, or a time of day, whose date comes from `before`. */
export function timeIn(text: string, options: TimeOptions = {}): Time | undefined {
  const iso = ISO.exec(text);
  const clf = CLF.exec(text);
  if (iso !== null && (clf === null || iso.index < clf.index)) {
    const [, year, month, day, ...clock] = iso;
    return ofDate(Number(year), Number(month) - 1, Number(day), clock, options.zone);
  }
  if (clf !== null) {
    const [, day, month = '', year, ...clock] = clf;
    return ofDate(Number(year), MONTHS.indexOf(month) / 3, Number(day), clock, options.zone);
  }
  const before = options.before ?? Date.now();
  const syslog = SYSLOG.exec(text);
  if (syslog !== null) {
    const [, month = '', day, ...clock] = syslog;
    const inYear = (year: number): Time | undefined => ofDate(year, MONTHS.indexOf(month) / 3, Number(day), [...clock, undefined], options.zone);
    const year = new Date(before).getUTCFullYear();
    const found = inYear(year);
    return found !== undefined && found.ms > before + DAY ? inYear(year - 1) : found;
  }
  const epoch = EPOCH.exec(text);
  if (epoch !== null) return ofNumber(Number(epoch[1]), epoch[1] as string);
  const ofDay = OF_DAY.exec(text);
  if (ofDay === null) return undefined;
  const date = new Date(before);
  const local = options.zone === 'local';
  const found = local
    ? ofDate(date.getFullYear(), date.getMonth(), date.getDate(), [...ofDay.slice(1), undefined], 'local')
    : ofDate(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), [...ofDay.slice(1), undefined], 'utc');
  // Allow one second, because file times are rounded.
  return found !== undefined && found.ms > before + 1000 ? { ...found, ms: found.ms - DAY } : found;
}

function ofNumber(value: number, digits: string): Time | undefined {
  // Today is 1.8e9 in seconds; each smaller unit is a thousand times larger.
  const unit = value < 1e11 ? 1e3 : value < 1e14 ? 1 : value < 1e17 ? 1e-3 : 1e-6;
  const ms = value * unit;
  if (!(ms >= EARLIEST && ms < 1e14)) return undefined;
  const fraction = digits.includes('e') ? 0 : (digits.split('.')[1]?.length ?? 0);
  return { ms, resolution: unit * 10 ** -fraction };
}

function ofDate(year: number, month: number, day: number, clock: readonly (string | undefined)[], zone?: 'utc' | 'local'): Time | undefined {
  const [hour, minute, second, fraction = '', offset] = clock;
  if (!(Number.isInteger(month) && month >= 0 && month < 12 && day >= 1 && day <= 31)) return undefined;
  const parts = [year, month, day, Number(hour), Number(minute), Number(second)] as const;
  const whole = offset === undefined && zone === 'local' ? new Date(...parts).getTime() : Date.UTC(...parts) - ofZone(offset);
  if (!(whole >= EARLIEST)) return undefined;
  return { ms: whole + (fraction === '' ? 0 : Number(`0.${fraction}`) * 1000), resolution: 1000 / 10 ** fraction.length };
}

function ofZone(zone: string | undefined): number {
  if (zone === undefined || !/^[+-]/.test(zone)) return 0;
  const digits = zone.replace(/\D/g, '');
  return (zone.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4) || 0)) * 60_000;
}

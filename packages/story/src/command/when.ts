const UNITS: Record<string, number> = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** How to read an incomplete time. */
export interface WhenOptions {
  /** Epoch milliseconds. */
  now: number;
  /** True if a time without a zone is UTC; otherwise it is in the machine's zone. */
  utc: boolean;
  /** Epoch milliseconds. A time of day is the first one after this; without it, the last one before `now`. */
  after?: number | undefined;
}

/**
 * Parses the value of `--since` or `--until` to epoch milliseconds: a time of day, a date with or without a time, an age (`90s`,
 * `15m`, `2h`, `1d`), epoch seconds or milliseconds. Returns `undefined` for anything else.
 */
export function parseWhen(text: string, options: WhenOptions): number | undefined {
  const ago = /^(\d+(?:\.\d+)?)(s|m|min|h|d)$/.exec(text);
  if (ago !== null) return options.now - Number(ago[1]) * (UNITS[ago[2] as string] as number);
  if (/^\d{10}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}(?:\.\d+)?$/.test(text)) return Number(text);
  return timeOfDay(text, options) ?? dateAndTime(text, options.utc);
}

function timeOfDay(text: string, { now, utc, after }: WhenOptions): number | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1, 4).map((part) => Number(part ?? 0));
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const parts = [hours, minutes, seconds, Number((match[4] ?? '0').padEnd(3, '0'))] as const;
  const date = new Date(after ?? now);
  const move = (days: number): void => void (utc ? date.setUTCDate(date.getUTCDate() + days) : date.setDate(date.getDate() + days));
  if (utc) date.setUTCHours(...parts);
  else date.setHours(...parts);
  if (after === undefined && date.getTime() > now) move(-1);
  if (after !== undefined && date.getTime() < after) move(1);
  return date.getTime();
}

function dateAndTime(text: string, utc: boolean): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text);
  if (match === null) return undefined;
  const [, day = '', time = '00:00', zone = utc ? 'Z' : ''] = match;
  const parsed = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(parsed) ? undefined : parsed;
}

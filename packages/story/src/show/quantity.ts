const FORMAT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 }); // created once, because construction is expensive

/** Formats a number with thousands separators. */
export function number(value: number): string {
  return FORMAT.format(value);
}

/** `1 line`, `2 lines`. */
export function count(value: number, one: string, several = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : several}`;
}

/** Formats a time in UTC with milliseconds; an invalid time is reported as such. */
export function moment(epochMs: number): string {
  if (!(Math.abs(epochMs) <= 8.64e15)) return 'unknown';
  return new Date(epochMs).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

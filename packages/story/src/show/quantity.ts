const FORMAT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 }); // created once, because construction is expensive

/** Formats a duration in milliseconds for people: `0.4 ms`, `1,274 ms`, `12.3 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  const size = Math.abs(ms);
  if (size < 9.95) return `${trim(ms.toFixed(1))} ms`;
  if (size < 9999.5) return `${number(Math.round(ms))} ms`;
  if (size < 59_950) return `${trim((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  if (size >= 7_200_000) return `${number(ms / 3_600_000)} h`;
  return `${Math.trunc(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${Math.abs(seconds % 60)} s`}`;
}

/** Milliseconds since the start of the story: `+911 ms`. */
export function offset(ms: number): string {
  return ms < 0 ? `\u2212${duration(-ms)}` : `+${duration(ms)}`;
}

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

function trim(text: string): string {
  return text.replace(/\.0$/, '');
}

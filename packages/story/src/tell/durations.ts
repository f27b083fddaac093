const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats a duration for people: `0.4 ms`, `1,269 ms`, `12.3 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 9.95) return `${rounded(ms, 1)} ms`;
  if (ms < 10 * SECOND) return `${rounded(ms, 0)} ms`;
  if (ms < 2 * MINUTE) return `${rounded(ms / SECOND, 1)} s`;
  if (ms < 2 * HOUR) return two(ms, MINUTE, 'min', SECOND, 's');
  return ms < 2 * DAY ? two(ms, HOUR, 'h', MINUTE, 'min') : two(ms, DAY, 'd', HOUR, 'h');
}

/** Milliseconds since the start of the story: `+1,269 ms`. */
export function offset(ms: number): string {
  return ms < 0 ? duration(ms) : `+${duration(ms)}`;
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const count = Math.round(ms / small);
  const [whole, rest] = [Math.floor((count * small) / large), Math.round((count * small) % large / small)];
  return `${rounded(whole, 0)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** With thousands separators, independent of the locale, without `.0`. */
function rounded(value: number, digits: number): string {
  const [whole = '0', fraction] = value.toFixed(digits).split('.');
  return whole.replace(/\B(?=(?:\d{3})+$)/g, ',') + (fraction === undefined || fraction === '0' ? '' : `.${fraction}`);
}

import type { Clock, Story } from '../model';
import { duration } from '../tell/durations';
import { logLines } from './lines';
import type { Paint } from './paint';
import { printable } from './printable';
import { waterfall } from './waterfall';

export interface StoryTextOptions {
  /** Show times of day in UTC; default the machine's zone. */
  utc?: boolean;
}

/** Renders a story for a terminal, line by line: verdict, waterfall, clocks, lines. */
export function* storyText(story: Story, paint: Paint, options: StoryTextOptions = {}): Iterable<string> {
  const { id, start, end, status, verdict, clocks, notes, lines } = story;
  const outcome = status === 'failed' ? paint.red('failed') : status;
  const when = start === 0 ? 'no time in any line' : `${timeOfDay(start, options.utc === true)}, ${duration(end - start)}`;
  yield `${paint.bold(printable(id))}  ${outcome}  ${paint.dim(`${when}, ${lines.length} line${lines.length === 1 ? '' : 's'}`)}`;
  for (const sentence of verdict) yield printable(sentence);
  const rows = waterfall(story, paint);
  if (rows.length > 0) yield '';
  yield* rows;
  const told = clocks.filter(({ correctionMs, consistent }) => correctionMs !== 0 && consistent).map(clockText);
  if (told.length > 0) yield paint.dim(printable(`Clocks put right: ${[...new Set(told)].join('; ')}.`));
  for (const note of notes) yield paint.dim(printable(note));
  if (lines.length > 0) yield '';
  yield* logLines(story, paint);
}

/** Describes a clock's correction: `payment's clock −1,204 ms ± 0.4 ms`. */
export function clockText({ service, host, correctionMs, boundMs }: Clock): string {
  const whose = `${service}${host === undefined || host === service ? '' : ` on ${host}`}`;
  const off = correctionMs > 0 ? `−${duration(correctionMs)}` : `+${duration(-correctionMs)}`;
  return `${whose}'s clock ${off}${Number.isFinite(boundMs) ? ` ± ${duration(boundMs)}` : ' or more'}`;
}

/** `2026-11-25 03:12:04.118 UTC`, or with the machine's zone as an offset. */
export function timeOfDay(time: number, utc: boolean): string {
  const minutes = utc ? 0 : -new Date(time).getTimezoneOffset();
  if (!(Math.abs(time + minutes * 60_000) <= 8.64e15)) return '?'; // outside the range of `Date`
  const text = new Date(time + minutes * 60_000).toISOString().replace('T', ' ').slice(0, -1);
  if (utc || minutes === 0) return `${text} UTC`;
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, '0'));
  return `${text} ${minutes < 0 ? '−' : '+'}${hours}:${rest}`;
}

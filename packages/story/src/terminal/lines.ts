import { answerText, isError } from '../answer';
import type { Failure, Story, StoryLine } from '../model';
import { duration, offset } from '../tell/durations';
import { fieldsText } from './fields';
import { columns, cut, fit } from './paint';
import type { Paint } from './paint';
import { printable } from './printable';

/** Smallest silence that gets a row: its share of the story, and its milliseconds. */
const SILENCE = { share: 0.1, ms: 10 };
/** Most columns for a service's name. */
const NAME = 20;

/** All lines in order: time, service, level and message; silences between them, errors below. */
export function* logLines(story: Story, paint: Paint): Iterable<string> {
  const { lines, gap } = story;
  const fields = fieldsText(lines, story.id);
  const when = lines.reduce((most, { offsetMs }) => Math.max(most, offsetMs === undefined ? 0 : offset(offsetMs).length), 0);
  const name = lines.reduce((most, { service }) => Math.max(most, Math.min(NAME, columns(printable(service)))), 0);
  const long = Math.max(SILENCE.ms, SILENCE.share * (story.end - story.start));
  let last: StoryLine | undefined;
  for (const [i, line] of lines.entries()) {
    const silence = line.time === undefined || last?.time === undefined ? 0 : line.time - last.time;
    if (silence >= long) yield paint.dim(`${' '.repeat(when)}  ── ${duration(silence)}${gap?.after === i ? ` in ${printable(gap.service)}` : ''} ──`);
    if (line.time !== undefined) last = line;
    yield cut(lineOf(line, fields(line), { when, name }, paint), paint.lineWidth);
    const error = line.error === undefined ? '' : errorOf(line.error, line.msg);
    if (error !== '') yield cut(`${' '.repeat(when + 4)}${paint.red(error)}`, paint.lineWidth);
  }
}

function lineOf(line: StoryLine, fields: string, width: { when: number; name: number }, paint: Paint): string {
  const { offsetMs, service, level, msg, exchange, textOnly } = line;
  const parts = [
    paint.dim(fit(offsetMs === undefined ? '' : offset(offsetMs), width.when, 'right')),
    paint.service(service, fit(printable(service), width.name)),
    paint.level(level, fit((level ?? '').toUpperCase(), 5)),
    paint.level(isError(level) ? level : 'info', printable(msg)),
  ];
  if (exchange !== undefined) parts.push(printable(exchangeOf(exchange)));
  if (fields !== '') parts.push(paint.dim(fields));
  if (textOnly === true) parts.push(paint.dim('(the ID is in its text)'));
  return parts.filter((part, i) => i < 4 || part !== '').join('  ').trimEnd();
}

/** Formats a record like the first line of a request. */
function exchangeOf(exchange: NonNullable<StoryLine['exchange']>): string {
  const { method = '', host = '', url = '', statuses, ms } = exchange;
  const answer = statuses?.join(', ') ?? answerText(exchange);
  return [`${method} ${host}${url}`.trim(), answer === undefined ? '' : `→ ${answer}`, ms === undefined ? '' : `in ${duration(ms)}`].filter((part) => part !== '').join(' ');
}

/** An error on one row: type, message, where it was thrown, and the number of hidden frames. */
function errorOf({ type, message, code, stack }: Failure, msg: string): string {
  const frames = (stack ?? '').slice(0, 20_000).split('\n').map((line) => line.trim()).filter((line) => /^at |^File "/.test(line));
  const own = frames.find((frame) => !/node_modules|node:internal|\(internal\//.test(frame)) ?? frames[0];
  const more = frames.length - (own === undefined ? 0 : 1);
  const kind = [type, code].filter((part) => part !== undefined && !message.startsWith(part)).join(' ');
  const parts = [[kind, message === msg ? '' : message].filter((part) => part !== '').join(': '), own ?? '', more > 0 ? `and ${more} more frame${more === 1 ? '' : 's'}` : ''];
  return parts.filter((part) => part !== '').map(printable).join(' · ');
}

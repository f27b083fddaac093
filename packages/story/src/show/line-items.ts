import type { Failure, Story, StoryLine } from '../model';
import type { Field } from './fields';
import { colourClass } from './palette';
import { duration, offset } from '../tell/durations';
import { number } from './quantity';
import { clip, markup, oneLine } from './text';

/** Smallest silence between two lines of one hop that is shown, as a fraction of the story's duration. */
const LONG = 0.05;

/** Lines as list items; the anchor of each is `#l` and its index. */
export function lineItems(story: Story, indices: readonly number[], fields: (line: StoryLine) => Field[], colours: ReadonlyMap<string, number>): string {
  const long = Math.max((story.end - story.start) * LONG, 1);
  let before: number | undefined;
  return indices.map((index) => {
    const line = story.lines[index] as StoryLine;
    const silence = line.time === undefined || before === undefined ? 0 : line.time - before;
    before = line.time ?? before;
    const pause = silence > long ? `<span class="pause">${duration(silence)} without a line</span>` : '';
    return item(line, index, fields(line), colourClass(colours.get(line.service) ?? -1), pause);
  }).join('\n');
}

/** An error with a collapsed stack. */
export function failure(error: Failure): string {
  const title = oneLine(error.type === undefined || error.message.startsWith(error.type) ? error.message : `${error.type}: ${error.message}`, 400);
  const code = error.code === undefined ? '' : ` <span class="code">${oneLine(error.code, 60)}</span>`;
  if (error.stack === undefined) return `<span class="error">${title}${code}</span>`;
  return `<details class="error"><summary>${title}${code}</summary><pre>${markup(error.stack, 8000)}</pre></details>`;
}

function item(line: StoryLine, index: number, fields: readonly Field[], colour: string, pause: string): string {
  const when = line.offsetMs === undefined ? 'no time' : offset(line.offsetMs);
  const level = line.level ?? '';
  const text = line.msg === '' && typeof line.record === 'string' ? line.record : line.msg;
  return [
    `<li id="l${index}"${level === '' ? '' : ` class="${level}"`}>${pause}<a class="when" href="#l${index}">${when}</a>`,
    `<span class="by ${colour}">${oneLine(line.service, 60)}</span><span class="level">${level}</span>`,
    `<span class="text"><bdi>${markup(clipLines(text))}</bdi>`,
    ...(line.textOnly === true ? [' <span class="tag">the ID is in the text only</span>'] : []),
    ...fields.map(([name, value]) => ` <span class="field"><b>${oneLine(name, 80)}</b>=<bdi>${oneLine(value, 300)}</bdi></span>`),
    line.error === undefined ? '' : failure(line.error),
    '</span></li>',
  ].join('');
}

/** Shortens a message of many lines to the first ones. */
function clipLines(text: string): string {
  const lines = clip(text, 4000).split('\n');
  return lines.length <= 20 ? lines.join('\n') : `${lines.slice(0, 20).join('\n')}\n\u2026 (${number(lines.length - 20)} more lines)`;
}

import { answerText } from '../answer';
import type { Call, Hop, Story, StoryLine } from '../model';
import { hasFailed } from '../tell/attempts';
import type { Tick } from './axis';
import { BAR_HEIGHT, drawBar } from './bar';
import type { Scale } from './bar';
import type { Field } from './fields';
import { failure, lineItems } from './line-items';
import { colourClass } from './palette';
import { duration, offset } from '../tell/durations';
import { count, number } from './quantity';
import { oneLine } from './text';
import type { PlacedRow } from './waterfall';

/** Bars of the page. Positions are percentages, so that they follow the width of the window or the paper. */
export const PERCENT: Scale = {
  x: (at) => `${percent(at)}%`,
  width: ([from, to]) => `${percent(Math.max(to - from, 0.0015))}%`,
};

const EDGES: Record<Hop['edge'], string> = {
  exact: '',
  guessed: 'Its times are guessed from its lines.',
  open: 'It began and never ended.',
  missing: 'Other hops refer to it, but it has no lines.',
};
const DEEPEST = 12;

export interface Page {
  story: Story;
  ticks: readonly Tick[];
  colours: ReadonlyMap<string, number>;
  fields(line: StoryLine): Field[];
}

/** Row of each hop. */
type Numbers = ReadonlyMap<string | undefined, { index: number; service: string }>;

/** The rows of the waterfall as list items. Each opens to the details of its hop without a script. */
export function hopRows(page: Page, rows: readonly PlacedRow[]): string {
  const numbers: Numbers = new Map(rows.map(({ hop, service }, index) => [hop?.hop, { index, service }]));
  return rows.map((row, index) => [
    `<li class="row"><details id="h${index}"><summary>${summary(page, row)}</summary><div class="inside">`,
    row.hop === undefined ? silent(row) : inside(page, row.hop, row, numbers),
    '</div></details></li>',
  ].join('')).join('\n');
}

function summary({ story, ticks }: Page, row: PlacedRow): string {
  const { hop, calls, attempt } = row;
  const { method, url } = hop?.url === undefined && hop?.method === undefined ? (calls[0] ?? {}) : hop;
  const what = oneLine([method, url].filter((each) => each !== undefined).join(' '), 300);
  const times = hop === undefined && calls.length > 1 ? `<span class="tag">\u00d7${calls.length}</span>` : '';
  const place = attempt === undefined ? '' : `<span class="tag">attempt ${attempt[0]} of ${attempt[1]}</span>`;
  const [start, end] = hop === undefined ? [Math.min(...calls.map((call) => call.start)), Math.max(...calls.map((call) => call.end))] : [hop.start, hop.end];
  const told = [
    `, level ${row.depth + 1}, from ${offset(start - story.start)} to ${offset(end - story.start)}`,
    ...(hop === undefined || hop.edge === 'missing' ? ['without a line'] : []),
    ...(row.critical.length > 0 ? ['on the critical path'] : []),
  ].join(', ');
  return [
    `<span class="who in${Math.min(row.depth, DEEPEST)}"><svg class="mark ${colourClass(hop?.edge === 'missing' ? -1 : row.colour)}" width="10" height="10" aria-hidden="true"><rect class="swatch" x="0.5" y="0.5" width="9" height="9" rx="2"/></svg>`,
    `<span class="name"><bdi>${oneLine(row.service, 80)}</bdi></span> <span class="what"><bdi>${what}</bdi></span>${times}${place}`,
    `<span class="found" hidden></span><span class="unseen">${told}</span></span>`,
    status(row),
    `<span class="ms">${hop?.edge === 'missing' ? '' : `${hop?.edge === 'guessed' ? '~' : ''}${duration(end - start)}`}</span>`,
    `<svg class="bar" height="${BAR_HEIGHT}" aria-hidden="true">${drawBar(row, ticks, PERCENT)}</svg>`,
  ].join('');
}

function status({ hop, calls }: PlacedRow): string {
  const last = hop === undefined ? calls.at(-1) : undefined;
  const code = answerText(hop ?? last ?? {});
  const failed = hop === undefined ? last !== undefined && hasFailed(last) : hop.failed;
  const word = code === undefined ? (hop?.edge === 'open' ? 'open' : failed ? 'failed' : '\u2013') : code;
  return `<span class="status${failed ? ' bad' : ''}">${word}${failed && word !== 'failed' ? '<span class="unseen">, failed</span>' : ''}</span>`;
}

function inside({ story, colours, fields }: Page, hop: Hop, row: PlacedRow, numbers: Numbers): string {
  const facts = [
    `from ${offset(hop.start - story.start)} to ${offset(hop.end - story.start)}`,
    ...(hop.edge === 'missing' ? [] : [`${duration(hop.selfMs)} of its own`]),
    ...(hop.statuses === undefined ? [] : [`attempts: ${hop.statuses.map((each) => oneLine(String(each), 10)).join(', ')}`]),
    ...(hop.aborted === true ? [hop.brokenOff === true ? 'it broke off its answer' : 'the client went away'] : []),
    ...(hop.host === undefined ? [] : [`host <bdi>${oneLine(hop.host, 80)}</bdi>`]),
    ...(hop.pid === undefined ? [] : [`pid ${hop.pid}`]),
    `hop <bdi>${oneLine(hop.hop, 120)}</bdi>`,
  ];
  return [
    `<p class="facts">${facts.join(' \u00b7 ')}</p>`,
    EDGES[hop.edge] === '' ? '' : `<p class="facts">${EDGES[hop.edge]}</p>`,
    hop.error === undefined ? '' : `<div>${failure(hop.error)}</div>`,
    calls(story, hop.calls, numbers),
    row.lines.length === 0 ? '' : `<ol class="lines" aria-label="${count(row.lines.length, 'line')} of ${oneLine(hop.service, 80)}">\n${lineItems(story, row.lines, fields, colours)}\n</ol>`,
    hop.lines > row.lines.length ? `<p class="facts">${count(hop.lines - row.lines.length, 'line')} left out.</p>` : '',
  ].join('\n');
}

function silent({ calls }: PlacedRow): string {
  const items = calls.map((call) => `<li>${[answerText(call), `${duration(call.ms)}`].filter((each) => each !== undefined).join(', ')}${call.error === undefined ? '' : ` ${failure(call.error)}`}</li>`);
  return `<p class="facts">The service has no lines here: this is what its caller saw.</p><ol class="attempts">${items.join('')}</ol>`;
}

function calls(story: Story, list: readonly Call[], numbers: Numbers): string {
  if (list.length === 0) return '';
  const rows = list.map((call) => {
    const links = call.answers.filter((answer) => numbers.has(answer)).map((answer) => `<a href="#h${numbers.get(answer)?.index ?? 0}">${oneLine(numbers.get(answer)?.service ?? '', 60)}</a>`);
    const outcome = call.error === undefined ? (answerText(call) ?? '\u2013') : oneLine(call.error.code ?? call.error.message, 60);
    const what = [call.method, `${call.host ?? ''}${call.url ?? ''}`].filter((each) => each !== undefined).join(' ');
    return [
      `<tr><td>${offset(call.start - story.start)}</td><td class="target"><bdi>${oneLine(what, 300)}</bdi></td>`,
      `<td${hasFailed(call) ? ' class="bad"' : ''}>${outcome}</td><td>${duration(call.ms)}</td>`,
      `<td>${call.firstByteMs === undefined ? '' : duration(call.firstByteMs)}</td><td>${links.join(' ')}</td></tr>`,
    ].join('');
  });
  return [
    `<table><caption>${number(list.length)} ${list.length === 1 ? 'call' : 'calls'}</caption>`,
    '<thead><tr><th scope="col">at</th><th scope="col">call</th><th scope="col">outcome</th><th scope="col">took</th><th scope="col">first byte</th><th scope="col">answered by</th></tr></thead>',
    `<tbody>${rows.join('')}</tbody></table>`,
  ].join('');
}

function percent(at: number): string {
  return String(Number((at * 100).toFixed(3)));
}

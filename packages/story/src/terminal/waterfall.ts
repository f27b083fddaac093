import type { Story, StoryLine } from '../model';
import { duration } from '../tell/durations';
import { groupBy } from '../tell/group-by';
import { rowsOf } from '../tell/rows';
import type { Row } from '../tell/rows';
import { drawBars, GLYPHS } from './bar';
import type { Axis, Glyph } from './bar';
import { columns, fit } from './paint';
import type { Paint } from './paint';
import { printable } from './printable';

/** Most rows drawn; `--json` has all. */
const MOST = 300;
/** Smallest width of a bar, in columns, and the width from which other columns get more room. */
const LEAST_BAR = 24;
const WIDE = 120;

const MEANINGS: Record<Glyph, string> = {
  critical: 'worked, and the end waited for it',
  own: 'worked beside that',
  waiting: 'waited for its calls',
  guessedOwn: 'guessed',
  guessedWaiting: 'waiting, guessed',
  missing: 'no line of it',
  open: 'no end of it',
  line: 'a line',
  error: 'an error',
};

/** What the signs behind a service mean, and which rows have them. */
const SIGNS: [sign: string, meaning: string, has: (row: Row) => boolean][] = [
  ['×', 'attempts', ({ attempts }) => attempts > 1],
  ['∥', 'beside another call', ({ parallel }) => parallel],
  ['✉', 'a queued message', ({ queued }) => queued],
];

/** The waterfall: a row for each hop, all bars on one time axis. */
export function waterfall(story: Story, paint: Paint): string[] {
  const rows = rowsOf(story);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MOST).map((row) => ({ row, name: nameOf(row), request: printable([row.method, row.url].filter(Boolean).join(' ')), status: statusOf(row), took: duration(row.ms), self: duration(row.selfMs) }));
  const width = Math.max(paint.width, 60);
  const isWide = width >= WIDE;

  const longest = (text: (each: (typeof shown)[number]) => string): number => shown.reduce((most, each) => Math.max(most, columns(text(each))), 0);
  const [status, took, self] = [longest((each) => each.status), longest((each) => each.took), isWide ? Math.max(4, longest((each) => each.self)) : 0];
  const room = width - LEAST_BAR - status - took - self - (isWide ? 5 : 4);
  const name = Math.min(longest((each) => each.name), Math.max(12, Math.floor(room * 0.55)));
  const request = Math.min(longest((each) => each.request), Math.max(8, room - name));
  const cells = Math.max(LEAST_BAR, width - name - request - status - took - self - (isWide ? 5 : 4));
  const axis: Axis = { start: story.start, end: story.end, cells };

  const lines = groupBy(story.lines.filter((line) => line.textOnly !== true), ({ hop }) => hop);
  const linesOf = ({ hop }: { hop: string }): readonly StoryLine[] => lines.get(hop) ?? [];
  const used = new Set<Glyph>();
  const text = shown.map((each) => {
    const glyphs = drawBars(each.row.bars, axis, linesOf);
    for (const glyph of glyphs) if (glyph !== undefined) used.add(glyph);
    const parts = [
      paint.service(each.row.service, fit(each.name, name)),
      fit(each.request, request),
      (each.row.failed ? paint.red : String)(fit(each.status, status, 'right')),
      fit(each.took, took, 'right'),
      ...(isWide ? [paint.dim(fit(each.self, self, 'right'))] : []),
      colour(glyphs, each.row, paint),
    ];
    return parts.join(' ').trimEnd();
  });
  const head = [fit('', name), fit('', request), fit('', status), fit('', took), ...(isWide ? [fit('self', self, 'right')] : []), scale(story, cells)];
  const rest = rows.length > MOST ? [paint.dim(`… and ${rows.length - MOST} more rows`)] : [];
  const legend = [
    ...(Object.keys(MEANINGS) as Glyph[]).filter((glyph) => used.has(glyph)).map((glyph) => `${GLYPHS[glyph]} ${MEANINGS[glyph]}`),
    ...SIGNS.filter(([, , has]) => shown.some(({ row }) => has(row))).map(([sign, meaning]) => `${sign} ${meaning}`),
  ];
  return [paint.dim(head.join(' ').trimEnd()), ...text, ...rest, ...folded(legend, width).map(paint.dim)];
}

/** The tree's lines, the service, and what is special about the row. */
function nameOf({ follows, service, attempts, parallel, queued, delivery }: Row): string {
  const above = follows.slice(1, -1).map((more) => (more ? '│ ' : '  ')).join('');
  const branch = follows.length === 1 ? '' : follows.at(-1) === true ? '├ ' : '└ ';
  const marks = [attempts > 1 ? `×${attempts}` : '', delivery > 1 ? `(again)` : '', parallel ? '∥' : '', queued ? '✉' : ''].filter(Boolean).join(' ');
  return `${above}${branch}${printable(service)}${marks === '' ? '' : ` ${marks}`}`;
}

function statusOf({ statuses, failed, bars }: Row): string {
  const last = bars.at(-1);
  const known = [...new Set(statuses)].join(' ');
  const how = known !== '' ? known : last?.hop?.aborted === true ? 'aborted' : last?.call?.error !== undefined ? 'failed' : '';
  return failed ? `✖ ${how}`.trim() : how;
}

function colour(glyphs: readonly (Glyph | undefined)[], { service, failed }: Row, paint: Paint): string {
  let text = '';
  for (let i = 0; i < glyphs.length; ) {
    const glyph = glyphs[i];
    let run = i;
    while (run < glyphs.length && glyphs[run] === glyph) run++;
    const piece = (glyph === undefined ? ' ' : GLYPHS[glyph]).repeat(run - i);
    if (glyph === undefined) text += piece;
    else if (glyph === 'error' || (failed && glyph === 'critical')) text += paint.red(piece);
    else text += glyph === 'missing' ? paint.dim(piece) : paint.service(service, piece);
    i = run;
  }
  return text;
}

/** The axis: its start, its middle if there is room, its end. */
function scale({ start, end }: Story, cells: number): string {
  const [first, middle, last] = ['0', `${duration((end - start) / 2)}`, duration(end - start)];
  const text = new Array<string>(cells).fill(' ');
  const write = (label: string, at: number): void => void [...label].forEach((character, i) => (text[at + i] = character));
  write(first, 0);
  if (cells >= 60) write(middle, Math.floor(cells / 2 - middle.length / 2));
  write(last, Math.max(2, cells - last.length));
  return text.join('').slice(0, cells);
}

/** Joins short texts on as few lines as possible. */
function folded(texts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (last !== undefined && columns(last) + 3 + columns(text) <= width) lines[lines.length - 1] = `${last}   ${text}`;
    else lines.push(text);
  }
  return lines;
}

import { answerText } from '../answer';
import type { Story } from '../model';
import { hasFailed } from '../tell/attempts';
import { ticksOf } from './axis';
import { drawBar } from './bar';
import type { Scale } from './bar';
import { BAR_SHAPES, DARK, LIGHT, barRules, colourClass } from './palette';
import { duration } from '../tell/durations';
import { moment } from './quantity';
import { oneLine } from './text';
import { placedRowsOf } from './waterfall';
import type { PlacedRow } from './waterfall';

const MARGIN = 16;
const HEAD = 58;
const ROW = 30;
const INDENT = 14;
const DEEPEST = 12;

export interface SvgOptions {
  /** Pixels; minimum 480, default 960. */
  width?: number;
}

/** Renders the waterfall of a story as one self-contained SVG file, for light and dark backgrounds. */
export function renderSvg(story: Story, { width = 960 }: SvgOptions = {}): string {
  const whole = Number.isFinite(width) ? Math.max(480, Math.round(width)) : 960;
  const rows = placedRowsOf(story);
  const names = Math.round(whole * 0.35);
  const left = names + 136;
  const axis = whole - MARGIN - left;
  const scale: Scale = {
    x: (at) => pixel(left + at * axis),
    width: ([from, to]) => pixel(Math.max((to - from) * axis, 1)),
  };
  const ticks = ticksOf(story.end - story.start, Math.max(2, Math.floor(axis / 80)));
  const height = HEAD + rows.length * ROW + MARGIN;
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${height}" viewBox="0 0 ${whole} ${height}" role="img" aria-labelledby="title verdict">
<title id="title">Request ${oneLine(story.id, 300)}</title>
<desc id="verdict">${oneLine(story.verdict.join(' '), 1000)}</desc>
<style>text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}.id{font-weight:600}.end{text-anchor:end}.name{font-weight:600}${BAR_SHAPES}
${colours(LIGHT)}
@media (prefers-color-scheme:dark){${colours(DARK)}}</style>
<rect class="paper" width="${whole}" height="${height}" rx="8"/>
${clipped(MARGIN, 10, whole - 2 * MARGIN, 22, `<text y="15"><tspan class="id">${oneLine(story.id, 80)}</tspan><tspan class="soft" dx="10">${story.status}, ${duration(story.end - story.start)}, ${moment(story.start)}</tspan></text>`)}
${ticks.map(({ at, label }) => `<text class="tick${at > 0.94 ? ' end' : ''}" x="${scale.x(at)}" y="${HEAD - 8}">${label}</text>`).join('')}
${rows.map((row, index) => `<g transform="translate(0 ${HEAD + index * ROW})">${rowOf(row, names, left)}${drawBar(row, ticks, scale)}</g>`).join('\n')}
</svg>
`;
}

function rowOf(row: PlacedRow, names: number, left: number): string {
  const { hop, calls, attempt } = row;
  const { method, url } = hop?.url === undefined && hop?.method === undefined ? (calls[0] ?? {}) : hop;
  const what = [method, url].filter((each) => each !== undefined).join(' ');
  const indent = MARGIN + Math.min(row.depth, DEEPEST) * INDENT;
  const times = attempt !== undefined ? ` (${attempt[0]} of ${attempt[1]})` : calls.length > 1 && hop === undefined ? ` \u00d7${calls.length}` : '';
  const last = calls.at(-1);
  const failed = hop === undefined ? last !== undefined && hasFailed(last) : hop.failed;
  const status = answerText(hop ?? last ?? {}) ?? (hop?.edge === 'open' ? 'open' : failed ? 'failed' : '\u2013');
  const ms = hop === undefined ? Math.max(...calls.map(({ end }) => end)) - Math.min(...calls.map(({ start }) => start)) : hop.ms;
  return [
    `<rect class="swatch ${colourClass(hop?.edge === 'missing' ? -1 : row.colour)}" x="${indent + 0.5}" y="10.5" width="9" height="9" rx="2"/>`,
    clipped(indent + 18, 5, Math.max(names - indent - 18, 40), 20, `<text y="14"><tspan class="name">${oneLine(row.service, 80)}</tspan><tspan class="soft" dx="6">${oneLine(what, 120)}${times}</tspan></text>`),
    `<text class="end${failed ? ' bad' : ''}" x="${names + 46}" y="19">${status}</text>`,
    hop?.edge === 'missing' ? '' : `<text class="end" x="${left - 14}" y="19">${hop?.edge === 'guessed' ? '~' : ''}${duration(ms)}</text>`,
  ].join('');
}

/** Text clipped to a box, whatever font the viewer uses. */
function clipped(x: number, y: number, width: number, height: number, inner: string): string {
  return `<svg x="${x}" y="${y}" width="${width}" height="${height}" overflow="hidden">${inner}</svg>`;
}

function colours(theme: typeof LIGHT): string {
  const swatches = theme.services.map((colour, index) => `.swatch.s${index}{fill:${colour}}`).join('');
  return `.paper{fill:${theme.panel}}text{fill:${theme.ink}}.soft{fill:${theme.soft}}.bad{fill:${theme.bad}}${barRules(theme)}.swatch.absent{fill:none;stroke:${theme.soft}}${swatches}`;
}

function pixel(value: number): string {
  return String(Number(value.toFixed(2)));
}

import { isError } from '../answer';
import type { Level } from '../model';
import { hasFailed } from '../tell/attempts';
import type { Tick } from './axis';
import { colourClass } from './palette';
import type { PlacedRow, Stretch } from './waterfall';

/** Converts a fraction of the story's duration to a drawing position: a percentage in the page, pixels in the picture. */
export interface Scale {
  x(at: number): string;
  width(stretch: Stretch): string;
}

/** Height of a row's drawing. */
export const BAR_HEIGHT = 28;
/** Dots closer than this fraction of the axis are merged. */
const GRAIN = 400;

/** One row's bar as SVG elements, the lowest layer first. */
export function drawBar(row: PlacedRow, ticks: readonly Tick[], scale: Scale): string {
  const edge = row.hop?.edge ?? 'missing';
  const failed = row.hop === undefined ? row.calls.some(hasFailed) : row.hop.failed;
  const { x } = scale;
  const vertical = (kind: string, at: number, from: number, to: number): string => `<line class="${kind}" x1="${x(at)}" x2="${x(at)}" y1="${from}" y2="${to}"/>`;
  const level = (kind: string, [from, to]: Stretch, y: number): string => `<line class="${kind}" x1="${x(from)}" x2="${x(to)}" y1="${y}" y2="${y}"/>`;
  const box = (kind: string, stretch: Stretch, y: number, height: number): string =>
    `<rect class="${kind}" x="${x(stretch[0])}" width="${scale.width(stretch)}" y="${y}" height="${height}" rx="2"/>`;
  // For an unanswered call, only the caller's view is known: draw one box for each attempt.
  const bodies = row.hop === undefined ? row.seen : [row.bar];

  return [
    ...ticks.map(({ at }) => vertical('grid', at, 0, BAR_HEIGHT)),
    `<g class="${colourClass(row.colour)} ${edge}${failed ? ' failed' : ''}">`,
    ...(row.hop === undefined ? [] : row.seen.map((stretch) => level('seen', stretch, 4.5) + vertical('seen', stretch[0], 4.5, 7.5) + vertical('seen', stretch[1], 4.5, 7.5))),
    ...bodies.map((stretch) => box('body', stretch, 9, 12)),
    ...row.own.map((stretch) => box('own', stretch, 9, 12)),
    ...(row.gap === undefined ? [] : [box('gap', row.gap, 12, 6)]),
    ...row.critical.map((stretch) => level('critical', stretch, 25)),
    ...dotsOf(row).map(({ at, kind }) => `<circle class="dot${kind}" cx="${x(at)}" cy="15" r="2.5"/>`),
    '</g>',
  ].join('');
}

/** One dot for each line; overlapping dots are merged to the most severe. */
function dotsOf(row: PlacedRow): { at: number; kind: string }[] {
  const places = new Map<number, { at: number; kind: string }>();
  for (const { at, level } of row.dots) {
    const place = Math.round(at * GRAIN);
    const kind = kindOf(level);
    const there = places.get(place);
    if (there === undefined) places.set(place, { at, kind });
    else if (rank(kind) > rank(there.kind)) there.kind = kind;
  }
  return [...places.values()].sort((a, b) => rank(a.kind) - rank(b.kind));
}

function kindOf(level: Level | undefined): string {
  if (isError(level)) return ' bad';
  return level === 'warn' ? ' warn' : '';
}

function rank(kind: string): number {
  return ['', ' warn', ' bad'].indexOf(kind);
}

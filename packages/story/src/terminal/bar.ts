import { isError } from '../answer';
import type { Hop, StoryLine } from '../model';
import type { Bar } from '../tell/rows';

/** The glyphs of a bar, which can be told apart without colour. */
export const GLYPHS = {
  critical: '█', // work on the critical path
  own: '▒', // work off the critical path
  waiting: '─', // waiting for calls
  guessedOwn: '╍',
  guessedWaiting: '╌',
  missing: '░',
  open: '▸',
  line: '•',
  error: '✖',
} as const;

export type Glyph = keyof typeof GLYPHS;

/** Maps times to the cells of a row. */
export interface Axis {
  start: number;
  end: number;
  cells: number;
}

/** The glyph of each cell in a row; `undefined` for empty cells. */
export function drawBars(bars: readonly Bar[], axis: Axis, linesOf: (hop: Hop) => readonly StoryLine[]): (Glyph | undefined)[] {
  const cells = new Array<Glyph | undefined>(axis.cells).fill(undefined);
  for (const bar of bars) drawBar(cells, bar, axis);
  for (const { hop } of bars) {
    if (hop === undefined) continue;
    for (const { time, level } of linesOf(hop)) {
      if (time === undefined) continue;
      const cell = cellOf(time, axis);
      if (isError(level) || cells[cell] !== 'error') cells[cell] = isError(level) ? 'error' : 'line';
    }
  }
  return cells;
}

function drawBar(cells: (Glyph | undefined)[], { start, end, edge, hop }: Bar, axis: Axis): void {
  const [first, last] = [cellOf(start, axis), Math.max(cellOf(start, axis), Math.ceil(positionOf(end, axis)) - 1)];
  const step = (axis.end - axis.start) / axis.cells;
  for (let cell = first; cell <= last && cell < cells.length; cell++) {
    // A cell shows the state at its middle; the middle of a bar's first or last cell can be outside the bar.
    const middle = Math.min(Math.max(axis.start + (cell + 0.5) * step, start), end);
    cells[cell] = edge === 'missing' || hop === undefined ? 'missing' : phaseOf(hop, middle, step / 2, edge);
  }
  if (edge === 'open') cells[Math.min(last, cells.length - 1)] = 'open';
}

function phaseOf(hop: Hop, time: number, around: number, edge: Hop['edge']): Glyph {
  const isSure = edge === 'exact';
  // Critical work shorter than a cell is still shown.
  const [critical] = hop.critical.filter(([start, end]) => start <= time + around && end > time - around);
  const isWaiting = hop.calls.some(({ start, end, queued }) => queued !== true && start <= time && time < end);
  const isCritical = critical !== undefined && (!isWaiting || critical[1] - critical[0] >= around);
  if (isWaiting && !(isCritical && critical[0] <= time && time < critical[1])) return isSure ? 'waiting' : 'guessedWaiting';
  if (!isSure) return 'guessedOwn';
  return isCritical ? 'critical' : 'own';
}

function positionOf(time: number, { start, end, cells }: Axis): number {
  return end > start ? ((time - start) / (end - start)) * cells : 0;
}

function cellOf(time: number, axis: Axis): number {
  return Math.min(axis.cells - 1, Math.max(0, Math.floor(positionOf(time, axis))));
}

import widthOf from 'fast-string-truncated-width';
import picocolors from 'picocolors';
import { isError } from '../answer';
import type { Level } from '../model';

type Colour = (text: string) => string;

/** Formats text for a terminal. */
export class Paint {
  private readonly colours: ReturnType<typeof picocolors.createColors>;
  private readonly byService = new Map<string, Colour>();

  /** Columns of a log line; unlimited if the output is a file or a pipe, so that it can be searched. */
  readonly lineWidth: number;

  /** `width`: columns of the waterfall; `cutsLines`: default true. */
  constructor(readonly isColoured: boolean, readonly width: number, cutsLines = true) {
    this.colours = picocolors.createColors(isColoured);
    this.lineWidth = cutsLines ? width : Infinity;
  }

  bold = (text: string): string => this.colours.bold(text);
  dim = (text: string): string => this.colours.dim(text);
  red = (text: string): string => this.colours.red(text);

  /** A stable colour for each service; red is reserved for failures. */
  service(name: string, text: string): string {
    let colour = this.byService.get(name);
    if (colour === undefined) {
      const { cyan, magenta, yellow, green, blue, cyanBright, magentaBright, yellowBright, greenBright, blueBright } = this.colours;
      const palette = [cyan, magenta, yellow, green, blue, cyanBright, magentaBright, yellowBright, greenBright, blueBright];
      colour = palette[this.byService.size % palette.length] as Colour;
      this.byService.set(name, colour);
    }
    return colour(text);
  }

  level(level: Level | undefined, text: string): string {
    if (isError(level)) return this.colours.red(text);
    if (level === 'warn') return this.colours.yellow(text);
    return level === 'info' ? text : this.colours.dim(text);
  }
}

/** Columns that a text occupies: two for an ideogram or an emoji. */
export function columns(text: string): number {
  return widthOf(text).width;
}

/** Cuts a text to this many columns, with an ellipsis. */
export function cut(text: string, limit: number): string {
  if (!Number.isFinite(limit)) return text;
  const { index, ellipsed, truncated } = widthOf(text, { limit: Math.max(1, limit), ellipsis: '…' });
  return truncated ? `${text.slice(0, index)}${ellipsed ? '…' : ''}` : text;
}

/** Cuts or pads a text to exactly this many columns. */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const blank = ' '.repeat(Math.max(0, width - columns(short)));
  return side === 'left' ? short + blank : blank + short;
}

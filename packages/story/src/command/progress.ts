import type { Progress } from '../read';

/** Milliseconds before the first report, and between reports. */
const [FIRST, EACH] = [500, 100];

/** Shows the progress of a long scan in one line on stderr (terminals only), and erases it at the end. */
export class ProgressLine {
  private last: number;
  private isShown = false;

  constructor(private readonly stream: NodeJS.WriteStream, private readonly now: () => number = Date.now) {
    this.last = now() + FIRST - EACH;
  }

  report = ({ bytes, total, found }: Progress): void => {
    if (!this.stream.isTTY || this.now() - this.last < EACH) return;
    this.last = this.now();
    this.isShown = true;
    const share = total === undefined || total === 0 ? '' : `${Math.min(100, Math.floor((100 * bytes) / total))} % of `;
    this.stream.write(`\r\x1b[K${share}${size(total ?? bytes)} read, ${found} found`);
  };

  wipe(): void {
    if (this.isShown) this.stream.write('\r\x1b[K');
    this.isShown = false;
  }
}

function size(bytes: number): string {
  for (const [unit, least] of [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]] as const) if (bytes >= least) return `${(bytes / least).toFixed(1)} ${unit}`;
  return `${bytes} B`;
}

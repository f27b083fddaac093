import { createHash } from 'node:crypto';
import type { Clock, Story } from '../model';
import { ticksOf } from './axis';
import { BAR_HEIGHT, drawBar } from './bar';
import { leavesOf } from './fields';
import { PERCENT, hopRows } from './hop-rows';
import type { Page } from './hop-rows';
import { lineItems } from './line-items';
import { SCRIPT } from './page-script';
import { STYLE } from './page-style';
import { duration, offset } from '../tell/durations';
import { count, moment, number } from './quantity';
import { oneLine } from './text';
import { linesByHop, placedRowsOf, servicesOf } from './waterfall';
import type { PlacedRow } from './waterfall';

const STATES: Record<Story['status'], string> = { failed: 'Failed', ok: 'Answered', unfinished: 'Unfinished', unknown: 'Unknown' };

/** Most lines in a page: about 20 MB, which a browser opens in one or two seconds. */
const MOST = 20_000;

/**
 * Renders a story as one self-contained HTML file. Hops open and close without a script; the page's content security policy blocks
 * everything that is not part of the file.
 */
export function renderHtml(story: Story): string {
  const services = servicesOf(story);
  const page: Page = {
    story,
    ticks: ticksOf(story.end - story.start),
    colours: new Map(services.map((service, index) => [service, index])),
    fields: leavesOf(story),
  };
  const kept = keptOf(story);
  const rows = placedRowsOf(story).map((row) => ({ ...row, lines: row.lines.filter((index) => kept.has(index)) }));
  const loose = (linesByHop(story).get(undefined) ?? []).filter((index) => kept.has(index));
  const id = oneLine(story.id, 300);
  const policy = `default-src 'none'; script-src ${hash(SCRIPT)}; style-src ${hash(STYLE)}; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${id}: ${STATES[story.status].toLowerCase()}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<h1><span class="state ${story.status}">${STATES[story.status]}</span>Request <bdi>${id}</bdi></h1>
${story.verdict.map((sentence) => `<p class="verdict"><bdi>${oneLine(sentence, 600)}</bdi></p>`).join('\n')}
<p class="facts">${[moment(story.start), duration(story.end - story.start), count(services.length, 'service'), count(story.hops.length, 'hop'), count(story.lines.length, 'line')].join(' \u00b7 ')}</p>
${remarks(story, kept)}
</header>
<main>
<section aria-labelledby="waterfall">
<div class="title"><h2 id="waterfall">Where the time went</h2><button type="button" id="every" class="scripted" hidden>Open every hop</button></div>
<div class="axis"><span>service and request</span><span>status</span><span>took</span><svg class="ticks" height="20" aria-hidden="true">${axis(page)}</svg></div>
<ol>
${hopRows(page, rows)}
</ol>
<ul class="key" aria-hidden="true">${key(rows)}</ul>
</section>
${loose.length === 0 ? '' : `<section aria-labelledby="loose"><details open><summary><h2 id="loose">${count(loose.length, 'line')} of no hop</h2></summary><ol class="lines">${lineItems(story, loose, page.fields, page.colours)}</ol></details></section>`}
<section class="scripted" hidden aria-labelledby="lines">
<div class="title"><h2 id="lines">The lines</h2></div>
<div class="find"><label for="search">Search in the lines</label><input type="search" id="search" autocomplete="off" spellcheck="false"><output id="said" role="status"></output></div>
<details id="all"><summary>All ${count(kept.size, 'line')} by time</summary><ol class="lines" id="merged"></ol></details>
</section>
</main>
<footer>Times are relative to the start, ${moment(story.start)}. Made by @corr/story.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** Indices of the lines that the page keeps: warnings and errors, the ends of the longest silence, then the first ones. */
function keptOf({ lines, gap }: Story): Set<number> {
  if (lines.length <= MOST) return new Set(lines.keys());
  const indices = [...lines.keys()];
  const first = indices.filter((index) => ['warn', 'error', 'fatal'].includes(lines[index]?.level ?? '') || index === gap?.before || index === gap?.after);
  const kept = new Set(first.slice(0, MOST));
  for (const index of indices) if (kept.size < MOST) kept.add(index);
  return kept;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Notes for the reader: the longest silence, corrected clocks, silent services, input that could not be read. */
function remarks({ gap, lines, clocks, silent, notes, start }: Story, kept: ReadonlySet<number>): string {
  const items = [
    ...(gap === undefined ? [] : [`<b>Longest silence:</b> ${duration(gap.ms)} in <bdi>${oneLine(gap.service, 80)}</bdi>, ${[gap.before, gap.after].map((index) => {
      const line = lines[index];
      return `<a href="#l${index}">${line?.time === undefined ? 'a line' : offset(line.time - start)} <bdi>${oneLine(line?.msg ?? '', 60)}</bdi></a>`;
    }).join(' to ')}`]),
    ...clocks.map((clock) => `<b>Clock:</b> ${clockText(clock)}`),
    ...(silent.length === 0 ? [] : [`<b>Called, but without a line here:</b> ${silent.map((name) => `<bdi>${oneLine(name, 80)}</bdi>`).join(', ')}`]),
    ...(kept.size === lines.length ? [] : [`${number(lines.length - kept.size)} of ${count(lines.length, 'line')} are left out here`]),
    ...notes.map((note) => `<bdi>${oneLine(note, 300)}</bdi>`),
  ];
  return items.length === 0 ? '' : `<ul class="notes">${items.map((item) => `<li>${item}</li>`).join('\n')}</ul>`;
}

function clockText({ service, host, correctionMs, boundMs, consistent }: Clock): string {
  const who = `<bdi>${oneLine(service, 80)}</bdi>${host === undefined ? '' : ` on <bdi>${oneLine(host, 80)}</bdi>`}`;
  if (!consistent) return `that of ${who} jumped and is not corrected`;
  return `that of ${who} is put right by ${correctionMs < 0 ? '\u2212' : '+'}${duration(Math.abs(correctionMs))}${Number.isFinite(boundMs) ? ` \u00b1 ${duration(boundMs)}` : ', which its calls bound on one side only'}`;
}

function axis({ ticks }: Page): string {
  return ticks.map(({ at, label }, index) => {
    const anchor = index === 0 ? 'start' : at > 0.96 ? 'end' : 'middle';
    return `<text class="tick" x="${PERCENT.x(at)}" y="14" text-anchor="${anchor}">${label}</text>`;
  }).join('');
}

/** A legend for the symbols that this story uses. */
function key(rows: readonly PlacedRow[]): string {
  const has = (edge: string): boolean => rows.some(({ hop }) => (hop?.edge ?? 'missing') === edge);
  const sample: PlacedRow = { depth: 0, service: '', colour: 0, calls: [], bar: [0.04, 0.96], seen: [], own: [], critical: [], dots: [], lines: [] };
  const hop = (edge: 'exact' | 'guessed' | 'open'): Pick<PlacedRow, 'hop'> => ({ hop: { hop: '', service: '', start: 0, end: 0, ms: 0, selfMs: 0, calls: [], lines: 0, edge, critical: [], failed: false } });
  const signs: [string, PlacedRow][] = [
    ['its own work', { ...sample, ...hop('exact'), own: [[0.04, 0.96]] }],
    ['waiting for its calls', { ...sample, ...hop('exact') }],
    ['as its caller saw it', { ...sample, ...hop('exact'), seen: [[0, 1]], own: [[0.04, 0.96]] }],
    ['what the end waited for', { ...sample, ...hop('exact'), own: [[0.04, 0.96]], critical: [[0.04, 0.96]] }],
    ['a line, a warning, an error', { ...sample, ...hop('exact'), dots: [{ at: 0.2, level: 'info' }, { at: 0.5, level: 'warn' }, { at: 0.8, level: 'error' }] }],
    ...(has('guessed') ? [['guessed from its lines', { ...sample, ...hop('guessed') }] as [string, PlacedRow]] : []),
    ...(has('open') ? [['never ended', { ...sample, ...hop('open') }] as [string, PlacedRow]] : []),
    ...(has('missing') ? [['without a line', { ...sample, seen: [[0.04, 0.96]] }] as [string, PlacedRow]] : []),
    ...(rows.some(({ gap }) => gap !== undefined) ? [['the longest silence', { ...sample, ...hop('exact'), gap: [0.3, 0.96] }] as [string, PlacedRow]] : []),
  ];
  return signs.map(([name, row]) => `<li><svg width="52" height="${BAR_HEIGHT}" aria-hidden="true">${drawBar(row, [], PERCENT)}</svg>${name}</li>`).join('');
}

import type { Story } from '../model';
import { printableJson } from '../terminal/printable';

/** Renders a story as a document. Each renderer is loaded on demand: loading all of them takes longer than telling a short story. */
export async function documentOf(kind: 'html' | 'svg' | 'otlp' | 'json', story: Story): Promise<string> {
  if (kind === 'html') return (await import('../show/html.js')).renderHtml(story);
  if (kind === 'svg') return (await import('../show/svg.js')).renderSvg(story);
  if (kind === 'otlp') return printableJson((await import('../show/otlp.js')).toOtlp(story));
  return printableJson(story);
}

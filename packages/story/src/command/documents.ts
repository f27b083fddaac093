import type { Story } from '../model';

/** A story as a document of its own. What makes it is loaded when it is asked for: to load it all takes longer than a short story. */
export async function documentOf(kind: 'html' | 'svg' | 'otlp' | 'json', story: Story): Promise<string> {
  if (kind === 'html') return (await import('../show/html.js')).renderHtml(story);
  if (kind === 'svg') return (await import('../show/svg.js')).renderSvg(story);
  if (kind === 'otlp') return JSON.stringify((await import('../show/otlp.js')).toOtlp(story));
  return JSON.stringify(story);
}

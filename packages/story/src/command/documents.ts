import type { Story } from '../model';

/** A story as a document of its own. */
export function documentOf(kind: 'html' | 'svg' | 'otlp' | 'json', story: Story): string {
  if (kind === 'json') return JSON.stringify(story);
  throw new Error(`${kind} comes with story-show`);
}

import { answerText } from '../answer';
import type { Call, Hop, StoryLine } from '../model';

/** Longest excerpt of a log line in a sentence. */
const LONGEST = 160;

/** A hop without lines that no call names, either, can only be the first. */
export function nameOf({ service }: Hop): string {
  return service === '?' ? 'the first service' : service;
}

export function isTimeout({ error }: Call): boolean {
  return error !== undefined && /time-?d?[ _]?out|aborted|abort/i.test(`${error.type ?? ''} ${error.code ?? ''} ${error.message}`);
}

export function asked({ method, url }: { method?: string; url?: string }): string {
  return brief([method, url].filter((each) => each !== undefined).join(' ')) || 'its call';
}

export function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** A line's message; for an access log's line, which has none, the request. */
export function saidIn(line: StoryLine | undefined): string {
  return brief(line?.msg ?? '') || [asked(line?.exchange ?? {}), answerText(line?.exchange ?? {})].filter((each) => each !== undefined).join(' → ');
}

/** An excerpt of a log line for a sentence: on one line, bounded in length. */
export function brief(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}

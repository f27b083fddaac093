import type { Failure, Hop, Story, StoryLine } from '../../src/model';

/** Texts that an attacker may have placed in a log line. */
export const HOSTILE = [
  '</script><script>alert(1)</script>',
  '<!-- <script> --><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onclick='alert(1)",
  ']]></text></svg><script>alert(1)</script>',
  '&lt;b&gt; &#x3c;script&#x3e; &unknown;',
  '__proto__',
  'constructor',
  'javascript:alert(1)',
  '\u0000\u0007\u001b[2J\u001b]0;title\u0007\u009b31m\u007f',
  '\u202egnp.exe\u202c \u2066isolated\u2069 \u200b\ufeff\u00ad',
  'lone \ud800 and \udfff surrogates, \ufffe \uffff',
  'Z\u0361\u036b\u0343a\u0363l\u0364g\u0365o'.repeat(50),
  '{{7*7}} ${7*7} <%= 7*7 %>',
  '\u0634\u06a9\u0633\u062a \u05e9\u05dc\u05d5\u05dd',
  '\r\nSet-Cookie: a=b\r\n\r\n<html>',
  'x'.repeat(100_000),
  '',
];

/** The same story with other texts: `text` is called for each, with a unique number. */
export function retold(story: Story, text: (number: number) => string): Story {
  let asked = 0;
  const names = new Map<string, string>();
  const next = (): string => text(asked++);
  /** Returns the same name for the same input, because names connect things. */
  const name = (was: string): string => {
    const is = names.get(was) ?? `${next()}#${names.size}`;
    names.set(was, is);
    return is;
  };
  const failure = (error: Failure | undefined): { error?: Failure } =>
    error === undefined ? {} : { error: { type: next(), message: next(), code: next(), ...(error.stack === undefined ? {} : { stack: `${next()}\n${next()}` }) } };
  const hop = (each: Hop): Hop => ({
    ...each,
    hop: name(each.hop),
    service: name(each.service),
    ...(each.parent === undefined ? {} : { parent: name(each.parent) }),
    ...(each.host === undefined ? {} : { host: next() }),
    ...(each.url === undefined ? {} : { url: next(), method: next() }),
    ...failure(each.error),
    calls: each.calls.map((call) => ({ ...call, method: name(call.method ?? ''), host: name(call.host ?? ''), url: name(call.url ?? ''), ...failure(call.error), answers: call.answers.map(name) })),
  });
  const line = (each: StoryLine): StoryLine => {
    const own = (): string => `${next()}=${asked}`; // a unique value, because a value shown elsewhere is not repeated
    const fields: Record<string, unknown> = { one: own(), inner: { two: own() }, list: [own(), own()] };
    Object.defineProperty(fields, '__proto__', { value: { polluted: own() }, enumerable: true, configurable: true, writable: true });
    return { ...each, service: name(each.service), msg: next(), record: fields, ...(each.hop === undefined ? {} : { hop: name(each.hop) }), ...failure(each.error) };
  };
  return {
    ...story,
    id: next(),
    verdict: story.verdict.map(next),
    clocks: story.clocks.map((clock) => ({ ...clock, service: name(clock.service), host: next() })),
    hops: story.hops.map(hop),
    lines: story.lines.map(line),
    ...(story.gap === undefined ? {} : { gap: { ...story.gap, hop: name(story.gap.hop), service: name(story.gap.service) } }),
    silent: story.silent.map(name),
    notes: story.notes.map(next),
  };
}

/** A checkout in which every text is hostile. */
export function hostile(story: Story, shift = 0): Story {
  return retold(story, (number) => HOSTILE[(number + shift) % HOSTILE.length] as string);
}

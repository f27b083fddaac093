import { answerText, isFault } from '../answer';
import type { Call, Gap, Hop, Story, StoryLine } from '../model';
import { attemptsOf, calledOf, hasFailed, isRepeatedAfter } from './attempts';
import type { EndsAt, HopOf } from './attempts';
import { leftBy } from './critical';
import type { Share } from './critical';
import { duration, offset } from './durations';
import type { Origin } from './failure';
import { hasEnd } from './outcome';
import { asked, brief, isTimeout, list, nameOf, saidIn } from './words';

/** Smallest share of the duration that is worth mentioning. */
const WORTH = 0.1;
/** Smallest silence that gets a sentence: its share of the duration, and its milliseconds. */
const SILENCE = { share: 0.3, ms: 50 };
/** Work that continues after the response for at most this many milliseconds is not reported. */
const SOON = 5;

/** Facts for the sentences. */
export interface Told {
  start: number;
  status: Story['status'];
  hops: readonly Hop[];
  lines: readonly StoryLine[];
  /** The hop that the client called. */
  front: Hop | undefined;
  hopOf: HopOf;
  endsAt: EndsAt;
  origin: Origin | undefined;
  shares: readonly Share[];
  gap: Gap | undefined;
  silent: readonly string[];
}

/** The story in one to three sentences: what failed first and its consequences; without a failure, where the time went. */
export function verdictOf(told: Told): string[] {
  const sentences = told.status === 'failed' ? failure(told) : told.status === 'unfinished' ? unfinished(told) : isMentioned(told) ? mentioned(told) : success(told);
  if (told.silent.length > 0) sentences.push(`No line of ${list(told.silent)}, which ${told.silent.length === 1 ? 'was' : 'were'} called.`);
  // The most important sentence comes first; the last ones may share a line.
  return sentences.length <= 3 ? sentences : [...sentences.slice(0, 2), sentences.slice(2).join(' ')];
}

function failure(told: Told): string[] {
  const { origin, front } = told;
  const sentences: string[] = [];
  if (origin !== undefined) {
    sentences.push(began(origin, told));
    sentences.push(...putOff(origin, told), ...gaveUp(origin, told));
  }
  const end = front && answered(front, told);
  if (end !== undefined) sentences.push(end);
  if (sentences.length === 0) sentences.push(`Failed, and no line says where: ${list([...new Set(told.hops.filter(({ failed }) => failed).map(({ service }) => service))])}.`);
  return sentences;
}

function began(origin: Origin, told: Told): string {
  const { hop, time, call, failure: what, guess } = origin;
  const called = call !== undefined && what === undefined ? calledOf(call, told.hopOf) : hop.service;
  const doubt = guess === undefined ? '' : `; a guess, because no line says what ${guess.service} called`;
  return `failed first in ${called}, ${offset(time - told.start)}: ${whatFailed(origin, told)}${doubt}.`;
}

function whatFailed({ hop, call, failure: what }: Origin, { hopOf }: Told): string {
  const waiting = call === undefined && leftBy(hop).length > 0 ? `, and ${noAnswerOf(hop, hopOf)}` : '';
  if (what === undefined) return `it answered ${answerText(call ?? hop)} to ${asked(call ?? hop)}${waiting}`;
  if (call === undefined) return `${brief(what.message)}${isFault(hop) ? ` (${answerText(hop)})` : ''}${waiting}`;
  const called = calledOf(call, hopOf);
  return isTimeout(call) ? `${called} had not answered ${asked(call)} after ${duration(call.ms)}` : `${asked(call)} of ${called}: ${brief(what.message)}`;
}

/** Which services had not answered when a hop gave up. */
function noAnswerOf(hop: Hop, hopOf: HopOf): string {
  return `${list([...new Set(leftBy(hop).map((call) => calledOf(call, hopOf)))])} had not answered then`;
}

/** Which service told the failed hop to try again, before that failed by itself. */
function putOff({ hop, call, time }: Origin, { hopOf, start }: Told): string[] {
  const groups = call === undefined ? attemptsOf(hop.calls, hopOf) : [];
  const last = groups.map((attempts) => attempts.at(-1) as Call).filter((each) => each.end <= time && isPutOff(each)).at(-1);
  const count = groups.find((attempts) => attempts.at(-1) === last)?.length ?? 0;
  return last === undefined ? [] : [`${calledOf(last, hopOf)} had answered ${answerText(last)} to ${count === 1 ? '' : `${count} attempts of `}${asked(last)}, at ${offset(last.end - start)}.`];
}

/** Whether the service did not fail, but asked to try again later. */
function isPutOff(call: Call): boolean {
  return !hasFailed(call) && isRepeatedAfter(call);
}

/** Which hop gave up on the failed one, when, and after how many attempts. */
function gaveUp({ way, call, hop }: Origin, { hopOf, start }: Told): string[] {
  const callers = call === undefined ? way.slice(0, -1) : way;
  for (const caller of [...callers].reverse()) {
    const next = way[way.indexOf(caller) + 1] ?? hop;
    const group = attemptsOf(caller.calls, hopOf).find((attempts) => (next === caller ? attempts.includes(call as Call) : attempts.some(({ answers }) => answers.includes(next.hop))));
    const last = group?.at(-1);
    if (group === undefined || last === undefined || !hasFailed(last)) continue;
    if (group.length === 1 && !(isTimeout(last) && next !== caller)) continue;
    const times = group.map(({ ms }) => ms).sort((a, b) => a - b);
    const [least = 0, most = 0] = [times[0], times.at(-1)];
    const each = most - least <= 0.2 * most ? duration(times[times.length >> 1] as number) : `${duration(least)} to ${duration(most)}`;
    return [`${caller.service} gave up at ${offset(last.end - start)} after ${group.length === 1 ? each : `${group.length} attempts of ${each}`}.`];
  }
  return [];
}

/** The client's response, and which hops were still working then. */
function answered(front: Hop, told: Told): string | undefined {
  const { hopOf, hops, start } = told;
  const at = offset(front.end - start);
  let sentence: string;
  if (front.edge === 'missing') return undefined;
  if (front.brokenOff === true) sentence = `${front.service} broke off its answer at ${at}`;
  else if (front.aborted === true) sentence = `The client went away at ${at}${leftBy(front).length > 0 ? `, and ${noAnswerOf(front, hopOf)}` : ''}`;
  else if (front.status !== undefined) sentence = `The client had its ${answerText(front)} at ${at}`;
  else sentence = front.edge === 'open' ? `${noLine(told, front)} says how ${front.service} ended` : `${front.service} ended at ${at}`;
  const longest = hops.filter(({ end }) => end > front.end + SOON).sort((a, b) => b.end - a.end)[0];
  return longest === undefined || longest === front ? `${sentence}.` : `${sentence}; ${longest.service} went on until ${offset(longest.end - start)}.`;
}

function unfinished(told: Told): string[] {
  const { front, lines, start } = told;
  if (front === undefined) return [];
  const sentences = [`no end: ${front.service} began ${front.method === undefined ? 'its work' : asked(front)} at ${offset(front.start - start)}, and ${noLine(told, front).toLowerCase()} says that it was through.`];
  sentences.push(...failedCall(told));
  const last = lines.filter(({ time, textOnly }) => time !== undefined && textOnly !== true).at(-1);
  if (last?.offsetMs !== undefined) sentences.push(`The last line is of ${last.service}, ${offset(last.offsetMs)}: ${saidIn(last)}.`);
  return sentences;
}

/** Whether no line is understood as one of the request. */
function isMentioned({ status, lines }: Told): boolean {
  return status === 'unknown' && lines.every(({ textOnly }) => textOnly === true);
}

function mentioned({ lines }: Told): string[] {
  const services = list([...new Set(lines.map(({ service }) => service))].slice(0, 5));
  return [`${lines.length === 1 ? 'A line' : `${lines.length} lines`} of ${services} only ${lines.length === 1 ? 'mentions' : 'mention'} the ID. No line has it in a field of its own, so what happened is not known.`];
}

function success(told: Told): string[] {
  const { front, gap, lines } = told;
  const sentences: string[] = [];
  if (front !== undefined) {
    const parts = whereItWent(told);
    sentences.push(parts === '' ? `${tookOf(told, front)}.` : `${tookOf(told, front)}: ${parts}.`);
  }
  sentences.push(...failedCall(told), ...asideOf(told));
  if (gap !== undefined && front !== undefined && gap.ms >= SILENCE.ms && gap.ms >= SILENCE.share * front.ms) {
    sentences.push(`The longest silence is ${duration(gap.ms)} in ${gap.service}, after "${saidIn(lines[gap.before])}".`);
  }
  return sentences;
}

/** How the request ended and how long it took, as far as a line says. */
function tookOf(told: Told, front: Hop): string {
  const { hopOf, hops } = told;
  if (front.edge === 'missing') return `No line of ${nameOf(front)}; ${list([...new Set(hops.filter(({ parent }) => parent === front.hop).map(({ service }) => service))])} took ${duration(front.ms)}`;
  if (front.status !== undefined) return `${answerText(front)} after ${duration(front.ms)}`;
  if (hasEnd(front, hopOf)) return `${front.service} took ${duration(front.ms)}`;
  const least = front.ms > 0 ? `, which took ${duration(front.ms)} at least` : '';
  return `${noLine(told, front)} says how ${front.service} ended${least}`;
}

/** No line, or none that is whole: the end may be in a broken one. */
function noLine({ lines }: Told, { hop }: Hop): string {
  const isBroken = lines.some((line) => typeof line.record === 'string' && line.record.startsWith('{') && (line.hop === hop || line.record.includes(`"${hop}"`)));
  return isBroken ? 'No whole line' : 'No line';
}

/** Another request of the client under the same ID that failed, such as the one that it repeated. */
function asideOf({ front, hops, start }: Told): string[] {
  const other = hops.find((hop) => hop !== front && hop.parent === undefined && !hop.hop.startsWith('~') && isFault(hop));
  return other === undefined ? [] : [`${other.service} answered ${answerText(other)} to another request of the client, ${asked(other)}, at ${offset(other.end - start)}.`];
}

/** The first call that failed, and what its caller did then. */
function failedCall({ endsAt, hops, hopOf, start }: Told): string[] {
  for (const hop of hops) {
    const group = attemptsOf(hop.calls, hopOf).find((attempts) => attempts.some(isRepeatedAfter));
    const first = group?.find(isRepeatedAfter);
    if (group === undefined || first === undefined) continue;
    const why = first.error === undefined ? String(answerText(first)) : brief(first.error.message);
    const after = endsAt(hop, group.at(-1) as Call) ? `no line of ${hop.service} follows` : `${hop.service} went on${hop.edge === 'open' ? '' : ' without it'}`;
    const then = isRepeatedAfter(group.at(-1) as Call) ? after : `attempt ${group.length} of ${hop.service} went well`;
    const what = isPutOff(first) ? `answered ${why} at ${offset(first.end - start)}` : `failed at ${offset(first.end - start)} (${why})`;
    return [`${calledOf(first, hopOf)} ${what}; ${then}.`];
  }
  return [];
}

/** The parts of the duration that are worth mentioning, the longest first. */
function whereItWent({ shares, front, hopOf }: Told): string {
  const sums = new Map<string, number>();
  for (const { hop, call, start, end } of shares) {
    const answer = call?.answers.map(hopOf).find((each) => each !== undefined);
    const who = call === undefined ? `in ${nameOf(hop)}` : answer === undefined ? `in ${calledOf(call, hopOf)}` : `between ${nameOf(hop)} and ${answer.service}`;
    sums.set(who, (sums.get(who) ?? 0) + end - start);
  }
  if (sums.size < 2) return '';
  const worth = [...sums].filter(([, ms]) => ms >= WORTH * (front?.ms ?? 0)).sort((a, b) => b[1] - a[1]).slice(0, 3);
  return worth.map(([who, ms], i) => `${duration(ms)}${i === 0 ? ' of it' : ''} ${who}`).join(', ');
}

import { expect } from 'chai';
import type { Hop, Story } from '../src/model';
import { linesOf } from './files';
import type { Cause, TrueHop, World } from './world';

/** Compares a story with what really happened. */
export class Told {
  private readonly byName: Map<string, Hop>;

  constructor(private readonly world: World, private readonly story: Story) {
    this.byName = new Map(story.hops.map((hop) => [hop.hop, hop]));
  }

  isTheTruth(): void {
    this.hasTheTree();
    this.hasTheCalls();
    this.hasTheTimes();
    this.hasTheOrder();
    this.hasTheFailure();
    this.hasTheLines();
  }

  /** Each line that is not lost, once. */
  hasTheLines(): void {
    const written = linesOf(this.world).map(({ msg }) => msg);
    const cut = [...this.world.cut].filter(({ of }) => !of.isLost).map(({ msg }) => msg);
    const told = this.story.lines.filter(({ textOnly }) => textOnly !== true).map(({ msg }) => msg);
    if (cut.length === 0) expect(told.sort()).to.deep.equal(written.sort());
    else expect(written).to.include.members(told);
    expect(this.story.lines.length).to.be.within(written.length - cut.length, written.length);
  }

  /** Hops that have lines. */
  private get heard(): TrueHop[] {
    return this.world.hops.filter(({ isLost }) => !isLost);
  }

  /** The story's hop for this one; for services without hops, the one with its lines. */
  private hopOf(hop: TrueHop): Hop | undefined {
    if (hop.number !== undefined) return this.byName.get(hop.number);
    const line = this.story.lines.find(({ msg, service }) => service === hop.service && msg === `begin ${hop.id}`);
    return line?.hop === undefined ? undefined : this.byName.get(line.hop);
  }

  hasTheTree(): void {
    const numbered = this.heard.filter(({ number }) => number !== undefined);
    for (const hop of numbered) {
      const told = this.hopOf(hop);
      expect(told, hop.number).to.not.equal(undefined);
      expect(told?.service).to.equal(hop.service);
      const { parent } = hop;
      if (parent === undefined) expect(told?.parent, hop.number).to.equal(undefined);
      else if (parent.number !== undefined) {
        expect(told?.parent, hop.number).to.equal(parent.number);
        if (parent.isLost) expect(this.byName.get(parent.number)?.edge).to.equal('missing');
      } else expect(told?.parent, hop.number).to.be.oneOf(this.allowedAbove(parent));
    }
    // Nothing is invented: a hop has a number that existed, or belongs to a service without numbers.
    const numbers = new Set(this.world.hops.flatMap(({ number }) => number ?? []));
    for (const { hop, service } of this.story.hops) {
      if (hop.startsWith('~')) expect(this.world.services.find(({ name }) => name === service)?.hops, hop).to.equal(false);
      else expect(numbers.has(hop), hop).to.equal(true);
    }
    expect(numbered.length).to.equal(this.story.hops.filter(({ hop, edge }) => !hop.startsWith('~') && edge !== 'missing').length);
  }

  /** The hops under which a hop behind an unnumbered one may be placed: that one, the one that numbered the forwarded call, or none. */
  private allowedAbove(hop: TrueHop): (string | undefined)[] {
    const above = hop.parent === undefined ? [] : hop.parent.number !== undefined ? [hop.parent.number] : this.allowedAbove(hop.parent);
    // Any of several deliveries or attempts of a call, because nothing shows which one forwarded it.
    const siblings = hop.parent?.calls.filter(({ url }) => url === hop.url).flatMap(({ answers }) => answers) ?? [];
    for (const each of siblings) if (!each.isLost) expect(this.hopOf(each)?.edge, `${each.id}`).to.not.equal('exact');
    return [undefined, ...siblings.map((each) => this.hopOf(each)?.hop), ...above];
  }

  hasTheCalls(): void {
    for (const hop of this.heard) {
      if (hop.number === undefined || (hop.dies && hop.calls.length === 0)) continue;
      const told = this.hopOf(hop) as Hop;
      for (const call of hop.calls) {
        const found = told.calls.find(({ call: number }) => number === call.number);
        const heard = call.answers.filter((answer) => !answer.isLost);
        if (call.isQueued) {
          if (goesOn(hop) && heard.some(({ number }) => number !== undefined)) expect(found?.queued, call.number).to.equal(true);
          continue;
        }
        expect(found, call.number).to.not.equal(undefined);
        expect(found).to.include({ ms: call.ms, method: 'POST', url: call.url });
        expect(found?.status).to.equal(call.status);
        expect(found?.error?.message).to.equal(call.error);
        for (const answer of heard) if (answer.number !== undefined) expect(found?.answers, call.number).to.include(answer.number);
      }
    }
  }

  hasTheTimes(): void {
    const { story, world } = this;
    const front = this.hopOf(world.front) as Hop;
    for (const hop of this.heard) {
      const told = this.hopOf(hop) as Hop;
      if (hop.number === undefined || hop.isQueued) continue;
      if (hop.dies) expect(told.edge, hop.number).to.be.oneOf(['open', 'guessed']);
      else {
        expect(told.edge).to.equal('exact');
        expect(told.ms).to.equal(hop.ms);
      }
      const clock = story.clocks.find(({ service }) => service === hop.service);
      if (clock === undefined || !Number.isFinite(clock.boundMs) || hop.dies || !isConnected(hop)) continue;
      expect(clock.consistent, hop.service).to.equal(true);
      const off = told.start - front.start - (hop.start - world.front.start);
      expect(Math.abs(off), `${hop.service} ± ${clock.boundMs}`).to.be.at.most(clock.boundMs + 0.01);
    }
  }

  /** No line of an answer is before its call began, or after the call ended with that answer. */
  hasTheOrder(): void {
    const { lines } = this.story;
    const cut = new Set([...this.world.cut].map(({ hop, msg }) => `${hop} ${msg}`));
    const places = new Map<string, number>();
    lines.forEach((line, i) => places.set(`${line.service} ${line.msg} ${line.msg.startsWith('c') || line.msg.startsWith('request') ? (line.hop ?? '') : ''}`, i));
    const placeOf = (service: string, msg: string, hop = ''): number => places.get(`${service} ${msg} ${hop}`) ?? NaN;
    for (const caller of this.heard) {
      if (caller.number === undefined) continue;
      const attempts = new Map<string, number>();
      for (const call of caller.calls) {
        const attempt = attempts.get(call.url) ?? 0;
        attempts.set(call.url, attempt + 1);
        const calling = placeOf(caller.service, `calling ${call.url} ${attempt}`, caller.number);
        const called = placeOf(caller.service, `called ${call.url} ${attempt}`, caller.number);
        for (const answer of call.answers) {
          if (answer.isLost || answer.number === undefined) continue;
          const begin = placeOf(answer.service, `begin ${answer.id}`);
          if (call.isQueued) {
            // No record says when the message was sent, only that its sender had begun.
            expect(this.hopOf(answer)?.start, call.number).to.be.at.least((this.hopOf(caller)?.start ?? NaN) - 1);
            continue;
          }
          expect(calling, `${call.number}: called before it is answered`).to.be.below(begin);
          if (call.error !== undefined || call.answers.length > 1) continue;
          if (cut.has(`${caller.number} called ${call.url} ${attempt}`)) continue;
          const end = placeOf(answer.service, 'request completed', answer.number);
          expect(end, `${call.number}: answered before it is through`).to.be.below(called);
        }
      }
    }
  }

  hasTheFailure(): void {
    expect(this.isGuess, this.story.notes.join('\n')).to.equal(this.hasSeveralEntrances());
    if (this.isGuess) this.hasAFailure();
    else this.hasTheFirstFailure();
  }

  /** Whether the story says that it guesses which request was the client's, and guesses wrong. */
  isWrongGuess(): boolean {
    if (!this.isGuess) return false;
    try {
      this.hasTheFirstFailure();
      return false;
    } catch {
      return true;
    }
  }

  private get isGuess(): boolean {
    return this.story.notes.some((note) => /Which one the client called, and so what failed first, is a guess/.test(note));
  }

  private hasTheFirstFailure(): void {
    const { front } = this.world;
    const causes = (front.status ?? 0) >= 500 ? this.world.causes : this.world.afterwards;
    const known = causes.filter((cause) => this.isKnown(cause));
    if (known.length < causes.length) return; // the lines do not contain its path
    expect(this.story.status).to.equal((front.status ?? 0) >= 500 || causes.length > 0 ? 'failed' : 'ok');
    if (causes.length === 0) return;
    // The earliest cause, and those that may be the earliest within the clocks' accuracy.
    const least = Math.min(...causes.map(({ time, hop }) => time + this.boundOf(hop)));
    const first = causes.filter(({ time, hop }) => time - this.boundOf(hop) <= least + 2);
    const [sentence = ''] = this.story.verdict;
    expect(first.map((cause) => sentenceOf(cause)), sentence).to.satisfy((sentences: RegExp[]) => sentences.some((each) => each.test(sentence)));
  }

  /** Whether different requests have numbers that begin anew: a service between them that numbers no hops passes none on. */
  private hasSeveralEntrances(): boolean {
    const entrances = new Map(this.heard.flatMap(({ number }) => number === undefined ? [] : [[number.split('.', 1)[0] as string, true]]));
    const asked = [...entrances.keys()].map((number) => {
      const root = this.world.hops.find((hop) => hop.number === number) as TrueHop;
      return root.isLost ? number : `${root.service} ${root.status === undefined ? '' : root.url}`;
    });
    return new Set(asked).size > 1;
  }

  /** A guess may be wrong, but what it names has happened. */
  private hasAFailure(): void {
    const { status, verdict } = this.story;
    const [sentence = ''] = verdict;
    if (status === 'failed') expect([...this.world.failures.map((cause) => sentenceOf(cause)), /^Failed, and no line says where/], sentence).to.satisfy((sentences: RegExp[]) => sentences.some((each) => each.test(sentence)));
    else expect(this.heard.some((hop) => hop.number?.includes('.') === false && (hop.status ?? 0) < 500), sentence).to.equal(true);
  }

  /** Possible error of a hop's times in milliseconds. */
  private boundOf({ service }: TrueHop): number {
    return service === this.world.front.service ? 0 : (this.story.clocks.find((clock) => clock.service === service)?.boundMs ?? Infinity);
  }

  /** Whether everything between the front and the point of failure has lines with numbers. */
  private isKnown({ hop, call }: Cause): boolean {
    // A service that answers behind a lost one, with the forwarded number, is mistaken for it.
    if (call?.answers.some(({ isLost, number }) => isLost && number === undefined) === true) return false;
    // A process that died after it sent a message may as well have waited for its answer.
    const diedSending = ({ dies, calls }: TrueHop): boolean => dies && calls.some(({ isQueued }) => isQueued);
    if (call?.answers.some(diedSending) === true) return false;
    for (let at: TrueHop | undefined = hop; at !== undefined; at = at.parent) {
      if (diedSending(at) || (at.isQueued && at.parent !== undefined && !goesOn(at.parent))) return false;
    }
    return isConnected(hop);
  }
}

/** Whether the lines say that a hop did not wait for the messages that it sent: it ended, or consumes one of a sender that did. */
function goesOn({ dies, isQueued, parent }: TrueHop): boolean {
  if (!isQueued) return !dies;
  return parent !== undefined && !parent.isLost && parent.number !== undefined && goesOn(parent);
}

/** Whether everything from the front to a hop has lines with numbers. */
function isConnected(hop: TrueHop): boolean {
  for (let at: TrueHop | undefined = hop; at !== undefined; at = at.parent) if (at.isLost || at.number === undefined) return false;
  return true;
}

/** How a sentence ends that is a guess. */
const DOUBT = '(?:; a guess, .*)?';

function sentenceOf({ hop, message, call }: Cause): RegExp {
  if (call === undefined) return new RegExp(`^failed first in ${hop.service}, \\+[\\d,.]+ \\S+: ${message}(?: \\(\\d+\\))?${DOUBT}\\.$`);
  if (call.error === undefined) return new RegExp(`^failed first in \\w+, \\+[\\d,.]+ \\S+: it answered ${call.status} to POST ${call.url}${DOUBT}\\.$`);
  return /timeout/.test(call.error) ? new RegExp(`^failed first in ${hop.service}, .*had not answered POST ${call.url} after`) : new RegExp(`^failed first in ${hop.service}, .*POST ${call.url} of \\w+: ${call.error}${DOUBT}\\.$`);
}

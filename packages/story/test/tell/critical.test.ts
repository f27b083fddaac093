import { expect } from 'chai';
import { summariesOf } from '../../src/read/summaries';
import { parseLine } from '../../src/read/formats/line';
import type { Story } from '../../src/model';
import { T0, call, request, storyOf } from './lines';

/** Milliseconds of each service on the critical path. */
const critical = ({ hops }: Story): [string, number][] => hops.map(({ service, critical: periods }) => [service, periods.reduce((sum, [from, to]) => sum + to - from, 0)]);
const SLOW = [request('search', 'aaaa.1-8ab', [4, 4005], '/s', 200), call('gateway', 'aaaa.1', [2, 4006], 'search', '/s', 200)];

describe('the time of a hop that gave up on its calls', () => {
  it('went where it was waiting, if it answered an error by its own timeout', () => {
    const story = storyOf(request('gateway', 'aaaa', [0, 1001], '/p', 504), ...SLOW);
    expect(critical(story)).to.deep.equal([['gateway', 2], ['search', 997]]);
    expect(story.verdict[0]).to.equal('failed first in gateway, +1,001 ms: it answered 504 to POST /p, and search had not answered then.');
  });
  it('went where it was waiting, if its client went away', () => {
    const story = storyOf(request('gateway', 'aaaa', [0, 500], '/p'), ...SLOW);
    expect(critical(story)).to.deep.equal([['gateway', 2], ['search', 496]]);
    expect(story.verdict.join(' ')).to.equal('The client went away at +500 ms, and search had not answered then; search went on until +4,005 ms.');
  });
  it('did not go there if another call had failed', () => {
    const story = storyOf(request('gateway', 'aaaa', [0, 100], '/p', 502), ...SLOW, call('gateway', 'aaaa.2', [3, 98], 'price', '/q', 503));
    expect(critical(story)).to.deep.equal([['gateway', 5], ['search', 0]]);
  });
  it('did not go there if it answered well', () => {
    expect(critical(storyOf(request('gateway', 'aaaa', [0, 100], '/p', 200), ...SLOW))).to.deep.equal([['gateway', 100], ['search', 0]]);
  });
  it('is what a list of slow requests says, not the time of a call that it left', () => {
    const lines = [request('gateway', 'aaaa', [0, 500], '/p'), ...SLOW.slice(0, 1)].flatMap((line) => parseLine(JSON.stringify(line), 'all.log'));
    expect(summariesOf({ slowest: 5 }, lines)[0]).to.include({ ms: 500, service: 'gateway', time: T0 }).and.not.have.property('status');
    expect(summariesOf({ slowest: 5 }, lines.slice(1))[0]).to.include({ ms: 4001 });
  });
});

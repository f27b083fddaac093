import { expect } from 'chai';
import { claim, stamp } from '../src/claim';

class Derived {
  say(text: string): string {
    return `base ${text}`;
  }
}
const loud = (original: (...args: unknown[]) => unknown) =>
  function (this: unknown, text: string): string {
    return `${String(original.call(this, text))}!`;
  };

describe('stamp', () => {
  it('stamps an object once, and those of its methods that exist', () => {
    const holder = new Derived();
    const undo = stamp(holder, { say: loud, other: loud });
    expect(stamp(holder, { say: loud })).to.equal(undefined);
    expect(holder.say('x')).to.equal('base x!');
    expect(Object.keys(holder)).to.deep.equal([]);
    undo?.();
    expect(Reflect.ownKeys(holder)).to.deep.equal([]);
    expect(claim(holder)).to.be.a('function');
  });
});

import { expect } from 'chai';
import { claim, patch, stamp } from '../src/patch';

class Base {
  say(text: string): string {
    return `base ${text}`;
  }
}
class Derived extends Base {}
const loud = (call: (self: unknown, args: ArrayLike<unknown>) => unknown) =>
  function (this: unknown): string {
    return `${String(call(this, arguments))}!`;
  };

describe('patch', () => {
  it('calls the method that is inherited then, and leaves nothing of its own', () => {
    const undo = patch(Derived.prototype, 'say', loud);
    expect(new Derived().say('x')).to.equal('base x!');
    const { say } = Base.prototype;
    Base.prototype.say = () => 'exchanged';
    expect(new Derived().say('x')).to.equal('exchanged!');
    Base.prototype.say = say;
    undo();
    undo();
    expect(Object.hasOwn(Derived.prototype, 'say')).to.equal(false);
  });

  it('gives an own method back with its name and its attributes', () => {
    const before = Object.getOwnPropertyDescriptor(Base.prototype, 'say');
    const undo = patch(Base.prototype, 'say', loud);
    expect(Base.prototype.say.name).to.equal('say');
    expect(Object.keys(Base.prototype)).to.deep.equal([]);
    undo();
    expect(Object.getOwnPropertyDescriptor(Base.prototype, 'say')).to.deep.equal(before);
  });

  it('only hands on, once undone, where somebody has wrapped it', () => {
    const undo = patch(Base.prototype, 'say', loud);
    const { say } = Base.prototype;
    Base.prototype.say = function (text) {
      return `(${say.call(this, text)})`;
    };
    expect(new Base().say('x')).to.equal('(base x!)');
    undo();
    expect(new Base().say('x')).to.equal('(base x)');
    Base.prototype.say = (text) => `base ${text}`;
  });
});

describe('stamp', () => {
  it('stamps what is not stamped yet, those methods that are there', () => {
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

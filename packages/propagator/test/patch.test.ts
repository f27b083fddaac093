import { expect } from 'chai';
import { patch } from '../src/patch';

class Base {
  say(text: string): string {
    return `base ${text}`;
  }
}
class Derived extends Base {}
const loud = (original: (text: string) => string) =>
  function (this: unknown, text: string): string {
    return `${original.call(this, text)}!`;
  };

describe('patch', () => {
  it('calls the method that is inherited at that time, and its undo leaves no own property', () => {
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

  it('restores an own method with its name and its attributes', () => {
    const before = Object.getOwnPropertyDescriptor(Base.prototype, 'say');
    const undo = patch(Base.prototype, 'say', loud);
    expect(Base.prototype.say.name).to.equal('say');
    expect(Object.keys(Base.prototype)).to.deep.equal([]);
    undo();
    expect(Object.getOwnPropertyDescriptor(Base.prototype, 'say')).to.deep.equal(before);
  });

  it('only passes calls on after its undo if somebody has wrapped it', () => {
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

  it('adds nothing, off and on 5,000 times, under a wrapper of somebody else', () => {
    const { say } = Base.prototype;
    let undo = patch(Base.prototype, 'say', loud);
    const wrapped = Base.prototype.say;
    const wrapper = function (this: Base, text: string): string {
      return `(${wrapped.call(this, text)})`;
    };
    Base.prototype.say = wrapper;
    for (let i = 0; i < 5000; i++) {
      undo();
      undo = patch(Base.prototype, 'say', loud);
    }
    expect(Base.prototype.say).to.equal(wrapper);
    let frames: string | undefined;
    const spy = { toString: () => (frames = new Error().stack) && 'x' };
    expect(new Base().say(spy as unknown as string)).to.equal('(base x!)');
    expect(frames?.match(/src.patch\.ts/g), frames).to.have.length(1);
    undo();
    Base.prototype.say = say;
  });

  it('leaves an inherited method as enumerable as it was', () => {
    const holder = Object.create(Object.create(Object.defineProperty({ shown() { return 1; } }, 'hidden', { value: () => 1, enumerable: false }) as object) as object) as Record<'shown' | 'hidden', () => number>;
    const undo = (['shown', 'hidden'] as const).map((name) => patch(holder, name, (original) => original));
    const names = [];
    for (const name in holder) names.push(name);
    expect(names).to.deep.equal(['shown']);
    for (const undoOne of undo) undoOne();
  });
});

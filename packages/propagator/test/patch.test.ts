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

import Module from 'node:module';
import { expect } from 'chai';
import { onModuleLoad } from '../src/module-load';

type Load = (this: unknown, filename: string) => unknown;
const { prototype } = Module as unknown as { prototype: { load: Load } };

describe('onModuleLoad', () => {
  const node = prototype.load;
  afterEach(() => void (prototype.load = node));
  /** The files that a listener is told about while one more is loaded. */
  const told = (files: string[]): (() => void) => onModuleLoad((filename) => void files.push(filename));
  const another = (): string => {
    const file = require.resolve('has-flag');
    delete require.cache[file];
    require('has-flag');
    return file;
  };

  it('tells of files that are loaded already, and of each that is loaded from now on', () => {
    const file = another();
    const files: string[] = [];
    const undo = told(files);
    expect(files.filter((one) => one === file)).to.have.length(1);
    another();
    expect(files.filter((one) => one === file)).to.have.length(2);
    undo();
    another();
    expect(files.filter((one) => one === file)).to.have.length(2);
  });

  it('is one wrapper for all who listen, which goes with the last of them, however often', () => {
    for (let i = 0; i < 3; i++) {
      const one = onModuleLoad(() => {});
      const { load } = prototype;
      const two = onModuleLoad(() => {});
      expect(prototype.load).to.equal(load).and.not.equal(node);
      one();
      expect(prototype.load).to.equal(load);
      two();
      two();
      expect(prototype.load).to.equal(node);
    }
  });

  it('goes on where somebody wraps it, when it is undone and when it is there again', () => {
    const undo = onModuleLoad(() => {});
    const ours = prototype.load;
    prototype.load = function (filename) {
      return ours.call(this, filename);
    };
    undo();
    another();
    const files: string[] = [];
    const again = told(files);
    const file = another();
    again();
    expect(files.filter((one) => one === file)).to.have.length(2);
  });

  it('loads a file whatever a listener makes of it', () => {
    const undo = onModuleLoad(() => {
      throw new Error('mine');
    });
    expect(another()).to.be.a('string');
    undo();
  });
});

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

  it('reports files that are already loaded, and each file that is loaded later', () => {
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

  it('is one wrapper for all listeners, and is removed with the last one, each time', () => {
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

  it('works again after an undo if somebody has wrapped it in between', () => {
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

  it('loads a file even if a listener throws', () => {
    const undo = onModuleLoad(() => {
      throw new Error('mine');
    });
    expect(another()).to.be.a('string');
    undo();
  });
});

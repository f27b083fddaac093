import { expect } from 'chai';
import fc from 'fast-check';
import { clip, markup, oneLine, visible } from '../../src/show/text';
import { HOSTILE } from './hostile';

/** Any UTF-16, including lone surrogates and controls. */
const anything = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

describe('text of a log line', () => {
  it('becomes markup that has no tag, quote or entity from the text', () => {
    fc.assert(fc.property(fc.oneof(anything, fc.constantFrom(...HOSTILE)), (text) => {
      expect(markup(text).replace(/&(amp|lt|gt|quot|#39);/g, '')).to.not.match(/[<>"'&]/);
    }));
  });

  it('has no character that hides, acts, reorders, or is forbidden in XML', () => {
    fc.assert(fc.property(fc.oneof(anything, fc.constantFrom(...HOSTILE)), (text) => {
       
      expect(visible(text)).to.not.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\p{Surrogate}]/u);
    }));
  });

  it('stays unchanged if it has no such character', () => {
    for (const text of ['order 1320 opened', 'na\u00efve \u2013 \u4ef7\u683c \ud83d\udc69\u200d\ud83d\ude80', 'two\nlines\tand a tab', '\u0634\u06a9\u0633\u062a']) expect(visible(text)).to.equal(text);
  });

  it('shows such a character by its name', () => {
    expect(visible('\u001b[31m')).to.equal('\u241b[31m');
    expect(visible('a\u202eb')).to.equal('a\u2039U+202E\u203ab');
    expect(visible('\ud800')).to.equal('\ufffd');
    expect(oneLine('a\r\n  b\tc')).to.equal('a b c');
  });

  it('is cut with a word of how much is left out, never in the middle of a character', () => {
    expect(clip('x'.repeat(1100), 100)).to.equal(`${'x'.repeat(100)}\u2026 (1,000 more)`);
    expect(clip(`${'x'.repeat(99)}\ud83d\ude80 gone`, 100)).to.match(/^x{99}\u2026/);
  });
});

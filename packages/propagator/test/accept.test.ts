import { expect } from 'chai';
import fc from 'fast-check';
import { acceptRule } from '../src/accept';

const DEFAULT = /^[A-Za-z0-9._~:/+=@#-]{1,128}$/;

/** Strings of acceptable characters only. */
const acceptable = fc.stringMatching(/^[A-Za-z0-9._~:/+=@#-]{1,128}$/);

describe('accept rule', () => {
  const accept = acceptRule();

  for (const [what, id] of [
    ['a UUID', '0b9e1a7c-8a35-4d0e-9f64-5f6a3f4dcb11'],
    ['an upper-case UUID', '0B9E1A7C-8A35-4D0E-9F64-5F6A3F4DCB11'],
    ['a ULID', '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['32 hexadecimal digits', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ["Apache's unique ID", 'X@mp1e2V-AAEAAHkX2sAAAAJ'],
    ['base64', 'aGVsbG8+d29ybGQ/IQ=='],
    ['a single character', 'a'],
    ['every acceptable character', 'AZaz09._~:/+=@#-'],
    ['128 characters', 'x'.repeat(128)],
  ] as const) {
    it(`keeps ${what} unaltered`, () => expect(accept(id)).to.equal(id));
  }

  for (const [what, value] of [
    ['an empty string', ''],
    ['129 characters', 'x'.repeat(129)],
    ['a leading space', ' a'],
    ['a trailing space', 'a '],
    ['a space inside', 'a b'],
    ['a tab', 'a\tb'],
    ['a newline at the end', 'a\n'],
    ['a carriage return', 'a\rb'],
    ['a quote', 'a"b'],
    ['an apostrophe', "a'b"],
    ['a backslash', 'a\\b'],
    ['a semicolon', 'a;b'],
    ['a percent sign', 'a%20b'],
    ['a control character', 'a\u0000b'],
    ['DEL', 'a\u007fb'],
    ['a non-ASCII letter', 'é'],
    ['a letter that only case-folds to ASCII', '\u212a'],
    ['a number', 7],
    ['null', null],
    ['undefined', undefined],
    ['an object that reads as an ID', { toString: () => 'abc' }],
    ['a String object', Object('abc')],
    ['a Buffer', Buffer.from('abc')],
    ['an empty array', []],
    ['an array of numbers', [1, 2]],
    ['nested arrays', [['a']]],
  ] as const) {
    it(`refuses ${what}`, () => expect(accept(value)).to.equal(undefined));
  }

  it('takes the first value of a header that was sent twice, joined or as an array', () => {
    expect(accept('a, b')).to.equal('a');
    expect(accept('a,b')).to.equal('a');
    expect(accept(['a', 'b'])).to.equal('a');
    expect(accept(['a, b', 'c'])).to.equal('a');
  });

  it('does not take the second value if the first is unacceptable, in either shape', () => {
    expect(accept(', b')).to.equal(undefined);
    expect(accept('a b, c')).to.equal(undefined);
    expect(accept(['', 'b'])).to.equal(undefined);
    expect(accept([undefined, 'b'])).to.equal(undefined);
  });

  it('uses the length and characters of its options', () => {
    const hex = acceptRule({ maxLength: 36, characters: 'a-f0-9-' });
    expect(hex('a'.repeat(36))).to.equal('a'.repeat(36));
    expect(hex('a'.repeat(37))).to.equal(undefined);
    expect(hex('A')).to.equal(undefined);
    expect(hex('g')).to.equal(undefined);
  });

  it('accepts no control or non-ASCII character, even if the class contains it', () => {
    const words = acceptRule({ characters: '\\w\\t\\n\u0000-\u001f\u007f-\uffff-' });
    expect(words('a_B-9')).to.equal('a_B-9');
    for (const value of ['a\tb', 'a\n', '\u0000', 'é', '\u007f', '\ud83d\ude00']) expect(words(value), JSON.stringify(value)).to.equal(undefined);
  });

  for (const [options, said] of [
    [{ maxLength: 35 }, /^maxLength: 35 - expected an integer from 36 to 4096$/],
    [{ maxLength: 4097 }, /^maxLength: 4097 - /],
    [{ maxLength: 40.5 }, /^maxLength: 40\.5 - /],
    [{ maxLength: Number.NaN }, /^maxLength: NaN - /],
    [{ maxLength: '64' }, /^maxLength: "64" - /],
    [{ maxLength: null }, /^maxLength: null - /],
    [{ characters: '' }, /^characters: "" - expected the inside of a regular expression class/],
    [{ characters: 'z-a' }, /^characters: "z-a" - expected the inside/],
    [{ characters: 7 }, /^characters: 7 - expected the inside/],
    [{ characters: ' -~' }, /^characters: " -~" - expected none of " " "\\"" "," ";" "\\\\", which can forge/],
    [{ characters: '^x' }, /^characters: "\^x" - expected none of/],
    [{ characters: 'a-z' }, /^characters: "a-z" - expected 0123456789abcdef- among them.*missing: 0123456789-\)$/],
    [{ characters: '](.*)[' }, /^characters: /],
  ] as const) {
    it(`throws on ${JSON.stringify(options)}, saying what was expected`, () => {
      expect(() => acceptRule(options as never)).to.throw(TypeError, said);
    });
  }

  it('never returns an unacceptable value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.anything(), fc.array(fc.string())), (value) => {
        const id = accept(value);
        if (id !== undefined) expect(id).to.match(DEFAULT);
      }),
      { numRuns: 2000 },
    );
  });

  it('is idempotent and does not alter an acceptable ID', () => {
    fc.assert(
      fc.property(acceptable, (id) => {
        expect(accept(id)).to.equal(id);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses an acceptable ID into which any other character is inserted', () => {
    const other = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => !/^[A-Za-z0-9._~:/+=@#,-]$/.test(c));
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._~:/+=@#-]{0,60}$/), other, fc.stringMatching(/^[A-Za-z0-9._~:/+=@#-]{0,60}$/), (before, c, after) => {
        expect(accept(before + c + after)).to.equal(undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('accepts a UUID and no forging character with every length and class on which it does not throw', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string({ maxLength: 12 }), (maxLength, characters) => {
        let rule;
        try {
          rule = acceptRule({ maxLength, characters: `0-9a-f${characters}-` });
        } catch (error) {
          expect(error).to.be.instanceOf(TypeError);
          return;
        }
        expect(rule('0b9e1a7c-8a35-4d0e-9f64-5f6a3f4dcb11')).to.be.a('string');
        for (const forging of ['a b', 'a"', 'a;', 'a\\', 'a\n', 'é']) expect(rule(forging)).to.equal(undefined);
      }),
    );
  });
});

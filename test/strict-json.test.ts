import { expect } from 'chai';
import fc from 'fast-check';
import { strictJson } from './strict-json';

describe('the strict JSON parser of these tests', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(strictJson(JSON.stringify(value))).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  for (const twice of ['{"a":1,"a":2}', '{"x":{"a":1,"b":2,"a":1}}', '{"x":[{"a":1,"\\u0061":2}]}', '{"a":{"a":1},"b":2,"a" : 3}', '{"a":"}","a":1}', '{"":1,"":1}']) {
    it(`refuses ${twice}`, () => expect(() => strictJson(twice)).to.throw(SyntaxError, 'is there twice'));
  }

  for (const once of ['{"a":{"a":{"a":1}}}', '{"a":[{"b":1},{"b":2}]}', '{"a":"a","b":"\\"a\\":"}', '{"a":"{\\"b\\":1","b":2}']) {
    it(`takes ${once}`, () => expect(strictJson(once)).to.deep.equal(JSON.parse(once)));
  }
});

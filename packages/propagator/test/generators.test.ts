import { expect } from 'chai';
import { settingsFrom } from '../src/settings';

describe('generators', () => {
  for (const [name, shape] of [
    ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['uuidv7', /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['hex32', /^[0-9a-f]{32}$/],
    ['ulid', /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/],
  ] as const) {
    it(`create a ${name}, a different one each time`, () => {
      const { generate } = settingsFrom({ generator: name });
      const ids = Array.from({ length: 1000 }, generate);
      for (const id of ids) expect(id).to.match(shape);
      expect(new Set(ids)).to.have.property('size', 1000);
    });
  }

  it('begin a uuidv7 and a ulid with the current time', () => {
    const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    const before = Date.now();
    const v7 = Number.parseInt(settingsFrom({ generator: 'uuidv7' }).generate().replaceAll('-', '').slice(0, 12), 16);
    const ulid = [...settingsFrom({ generator: 'ulid' }).generate().slice(0, 10)].reduce((sum, digit) => sum * 32 + digits.indexOf(digit), 0);
    for (const time of [v7, ulid]) expect(time).to.be.within(before, Date.now());
  });

  it('are subject to the accept rule: a ULID has capitals', () => {
    expect(settingsFrom({ generator: 'ulid', characters: 'a-f0-9-' }).generate()).to.match(/^[0-9a-f-]{36}$/);
  });

  it('have no other names', () => {
    expect(() => settingsFrom({ generator: 'toString' as never })).to.throw(TypeError, 'generator: "toString" - expected a function, or one of uuid, uuidv7, hex32, ulid');
  });
});

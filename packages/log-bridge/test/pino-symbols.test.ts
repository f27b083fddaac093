import { expect } from 'chai';
import { hasKey, symbolOf } from '../src/pino-symbols';

describe('what is read of a pino logger', () => {
  const cases: [members: string, key: string, expected: boolean][] = [
    [',"a":1,"id":"x"', 'id', true],
    [',"id":{"a":1}', 'id', true],
    [',"a":{"id":1}', 'id', false],
    [',"a":{"b":1,"id":1}', 'id', false],
    [',"a":{"b":1},"id":1', 'id', true],
    [',"a":[1,{"b":1,"id":1}]', 'id', false],
    [',"a":"id"', 'id', false],
    [',"a":",\\"id\\":"', 'id', false],
    [',"a":"{","id":1', 'id', true],
    [',"x\\",\\"id":1', 'id', false],
    [',"\\"":1', '"', true],
    [',"a":{"b":,"id":1}', 'id', false],
    ['', 'id', false],
  ];
  for (const [members, key, expected] of cases) {
    it(`bindings ${members} ${expected ? 'have' : 'do not have'} the key ${key}`, () => expect(hasKey(members, key)).to.equal(expected));
  }

  it('symbols of two copies of pino do not mix', () => {
    const [one, two] = [Symbol('pino.stream'), Symbol('pino.stream')];
    const loggers = [{ [one]: 1 }, Object.create({ [two]: 2 }) as object];
    for (const [i, symbol] of [one, two, one].entries()) expect(symbolOf(loggers[i % 2], 'pino.stream')).to.equal(symbol);
    for (const other of [{}, null, undefined, 1, 'text', { [Symbol('pino')]: 1 }]) expect(symbolOf(other, 'pino.stream')).to.equal(undefined);
  });
});

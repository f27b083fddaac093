import { configureCorrelation, withCorrelationId } from '@corr/propagator';
import { expect } from 'chai';
import type { LoggerOptions } from 'pino';
import { strictJson } from '../../../test/strict-json';
import { correlationMixin, stampPino } from '../src/index';
import { PINOS } from './pinos';

describe('correlationMixin', () => {
  for (const [version, pino] of PINOS) {
    describe(`on ${version}`, () => {
      const record = (options: LoggerOptions, ...logged: [object, string?] | [string]): Record<string, unknown> => {
        let line = '';
        const log = pino({ base: null, timestamp: false, ...options }, { write: (text: string) => void (line = text) });
        withCorrelationId('a', () => log.info(...(logged as [object, string])));
        return strictJson(line);
      };

      it('adds the active ID to a record, and Internal outside a request', () => {
        expect(record({ mixin: correlationMixin() }, 'hello')).to.deep.equal({ level: 30, correlation_id: 'a', msg: 'hello' });
        const lines: string[] = [];
        const log = pino({ base: null, timestamp: false, mixin: correlationMixin() }, { write: (text: string) => void lines.push(text) });
        log.info('one');
        withCorrelationId('b', () => log.child({ x: 1 }).info('two'));
        expect(lines.map(strictJson)).to.deep.equal([
          { level: 30, correlation_id: 'Internal', msg: 'one' },
          { level: 30, x: 1, correlation_id: 'b', msg: 'two' },
        ]);
      });

      it('adds the hop if hops are on, and only once beside the stamp', () => {
        const off = configureCorrelation({ hops: true });
        const undo = stampPino();
        try {
          const { hop, ...rest } = record({ mixin: correlationMixin() }, 'hello');
          expect(rest).to.deep.equal({ level: 30, correlation_id: 'a', msg: 'hello' });
          expect(hop).to.match(/^[0-9a-z]{4}$/);
          undo();
          expect(record({ mixin: correlationMixin({ hopKey: 'at' }) }, 'hello')['at']).to.match(/^[0-9a-z]{4}$/);
        } finally {
          undo();
          off();
        }
      });

      it("lets the logger's own mixin win", () => {
        expect(record({ mixin: correlationMixin({ mixin: () => ({ user: 'u' }) }) }, {})).to.deep.equal({ level: 30, correlation_id: 'a', user: 'u' });
        expect(record({ mixin: correlationMixin({ mixin: () => ({ correlation_id: 'own' }) }) }, {})).to.deep.equal({ level: 30, correlation_id: 'own' });
      });

      it("passes pino's arguments to the own mixin", () => {
        const seen: unknown[] = [];
        const log = pino({ mixin: correlationMixin({ mixin: (...given) => (seen.push(...given), {}) }) }, { write() {} });
        log.warn({ x: 1 }, 'hello');
        expect(seen).to.deep.equal([{ x: 1 }, 40, log]);
      });

      it('lets the logged object win', () => {
        expect(record({ mixin: correlationMixin() }, { correlation_id: 'own' })).to.deep.equal({ level: 30, correlation_id: 'own' });
      });

      it('adds the field under nestedKey, like every mixin', () => {
        expect(record({ mixin: correlationMixin(), nestedKey: 'payload' }, { x: 1 })).to.deep.equal({ level: 30, payload: { correlation_id: 'a', x: 1 } });
      });

      it('does not change the logged object', () => {
        const logged = Object.freeze({ x: 1 });
        expect(record({ mixin: correlationMixin() }, logged)).to.include({ x: 1, correlation_id: 'a' });
      });
    });
  }

  it('uses its key and its label', () => {
    const mixin = correlationMixin({ key: 'cid', internal: '-' });
    expect(mixin({}, 30, undefined)).to.deep.equal({ cid: '-' });
    expect(withCorrelationId('a', () => mixin({}, 30, undefined))).to.deep.equal({ cid: 'a' });
  });

  it('leaves the field out outside a request if the label is null', () => {
    const mixin = correlationMixin({ internal: null });
    expect(mixin({}, 30, undefined)).to.deep.equal({});
    expect(withCorrelationId('a', () => mixin({}, 30, undefined))).to.deep.equal({ correlation_id: 'a' });
  });

  it('returns a new object each time, which pino may change', () => {
    const mixin = correlationMixin();
    Object.assign(mixin({}, 30, undefined), { left: 'over' });
    expect(mixin({}, 30, undefined)).to.deep.equal({ correlation_id: 'Internal' });
  });

  it('accepts an own mixin that returns nothing', () => {
    expect(correlationMixin({ mixin: () => undefined as never })({}, 30, undefined)).to.deep.equal({ correlation_id: 'Internal' });
  });

  for (const [options, said] of [
    [{ key: '' }, 'key: "" - expected a non-empty string'],
    [{ key: 7 }, 'key: 7 - expected a non-empty string'],
    [{ key: null }, 'key: null - expected a non-empty string'],
    [{ key: 1n }, 'key: 1n - expected a non-empty string'],
    [{ internal: '' }, 'internal: "" - expected a non-empty string or null'],
    [{ internal: false }, 'internal: false - expected a non-empty string or null'],
    [{ mixin: {} }, 'mixin: {} - expected a function'],
    [{ mixin: Object.create(null) }, 'mixin: [Object: null prototype] {} - expected a function'],
    [{ mixin: null }, 'mixin: null - expected a function'],
  ] as const) {
    it(`throws: ${said}`, () => expect(() => correlationMixin(options as never)).to.throw(TypeError, said));
  }
});

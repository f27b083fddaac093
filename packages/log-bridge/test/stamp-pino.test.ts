import ecsFormat from '@elastic/ecs-pino-format';
import { configureCorrelation, withCorrelationId } from '@corr/propagator';
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger, LoggerOptions } from 'pino';
import { strictJson } from '../../../test/strict-json';
import { correlationMixin, stampPino } from '../src/index';
import type { FieldOptions } from '../src/index';
import { PINOS } from './pinos';

type Fields = Record<string, unknown>;

for (const [version, pino] of PINOS) {
  describe(`stampPino on ${version}`, () => {
    let undo: () => void = () => {};
    afterEach(() => undo());
    const stamp = (options?: FieldOptions): void => void (undo = stampPino(options));

    /** The records of a logger that is used inside a request; every line is parsed as JSON without duplicate keys. */
    const recordsOf = (options: LoggerOptions, use: (log: Logger) => void): Fields[] => {
      const lines: string[] = [];
      const log = pino({ base: null, timestamp: false, ...options }, { write: (text: string) => void lines.push(text) }) as Logger;
      withCorrelationId('a', () => use(log));
      return lines.map(strictJson);
    };
    const recordOf = (options: LoggerOptions, logged: object = { x: 1 }, message = 'hello'): Fields =>
      recordsOf(options, (log) => log.info(logged, message))[0] as Fields;

    describe('puts the active ID on', () => {
      beforeEach(() => stamp());

      it('a record, once, at its top level', () => expect(recordOf({})).to.deep.equal({ level: 30, correlation_id: 'a', x: 1, msg: 'hello' }));

      it('a record once of a logger with an asJson of its own, as dd-trace makes them', () => {
        const isAsJson = (symbol: symbol): boolean => symbol.description === 'pino.asJson';
        const records = recordsOf({}, (log) => {
          let prototype = log as unknown as Record<symbol, (...args: unknown[]) => string>;
          while (!Object.getOwnPropertySymbols(prototype).some(isAsJson)) prototype = Object.getPrototypeOf(prototype) as typeof prototype;
          const asJson = Object.getOwnPropertySymbols(prototype).find(isAsJson) as symbol;
          const original = prototype[asJson] as (...args: unknown[]) => string;
          Object.assign(log, { [asJson](...args: unknown[]) { return original.apply(this, args); } });
          log.info('one');
          log.child({ part: 1 }).info('two');
        });
        expect(records).to.deep.equal([{ level: 30, correlation_id: 'a', msg: 'one' }, { level: 30, correlation_id: 'a', part: 1, msg: 'two' }]);
      });

      it('a record outside a request, as Internal', () => {
        const lines: string[] = [];
        pino({ base: null, timestamp: false }, { write: (text: string) => void lines.push(text) }).info('hello');
        expect(lines.map(strictJson)).to.deep.equal([{ level: 30, correlation_id: 'Internal', msg: 'hello' }]);
      });

      it('records of every level and shape', () => {
        const records = recordsOf({ level: 'trace' }, (log) => {
          for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]('hello %s', 'you');
          log.info({});
          (log.info as (...given: unknown[]) => void)(null, 'null');
          log.error(new Error('mine'));
          log.error(Object.assign(new Error('mine'), { correlation_id: 'of the error' }));
          log.info(undefined as never);
          log.info({ headers: { correlation_id: 'nested' }, list: [1, { correlation_id: 2 }] });
          log.info('a text with ,"correlation_id":"forged" in it');
          log.info({ text: ',"correlation_id":"forged"' });
        });
        expect(records.map((record) => record['correlation_id'])).to.deep.equal(records.map(() => 'a'));
        expect(records).to.have.lengthOf(14);
      });

      it("records of children and grandchildren, also with their own options", () => {
        const records = recordsOf({}, (log) => {
          const child = log.child({ child: 1 });
          child.info('one');
          child.child({ grand: 1 }, { level: 'debug', msgPrefix: '[p] ' }).debug('two');
          child.child({ s: 1 }, { serializers: { s: () => 'S' }, formatters: { log: (o) => ({ ...o, f: 1 }) }, redact: ['secret'] }).info({ secret: 1 }, 'three');
          child.setBindings({ more: 1 });
          child.info('four');
        });
        expect(records).to.deep.equal([
          { level: 30, correlation_id: 'a', child: 1, msg: 'one' },
          { level: 20, correlation_id: 'a', child: 1, grand: 1, msg: '[p] two' },
          { level: 30, correlation_id: 'a', child: 1, s: 'S', secret: '[Redacted]', f: 1, msg: 'three' },
          { level: 30, correlation_id: 'a', child: 1, more: 1, msg: 'four' },
        ]);
      });

      for (const [what, options, expected] of [
        ['nestedKey, at the top level', { nestedKey: 'payload' }, { level: 30, correlation_id: 'a', payload: { x: 1 }, msg: 'hello' }],
        ['a custom timestamp', { timestamp: () => ',"at":1' }, { level: 30, at: 1, correlation_id: 'a', x: 1, msg: 'hello' }],
        ['messageKey', { messageKey: 'message' }, { level: 30, correlation_id: 'a', x: 1, message: 'hello' }],
        ['a base of its own', { base: { app: 'x' } }, { level: 30, correlation_id: 'a', app: 'x', x: 1, msg: 'hello' }],
        ['formatters.level', { formatters: { level: (label: string) => ({ severity: label }) } }, { severity: 'info', correlation_id: 'a', x: 1, msg: 'hello' }],
        ['formatters.bindings', { base: { app: 'x' }, formatters: { bindings: () => ({ b: 1 }) } }, { level: 30, correlation_id: 'a', b: 1, x: 1, msg: 'hello' }],
        ['formatters.log', { formatters: { log: (o: object) => ({ data: o }) } }, { level: 30, correlation_id: 'a', data: { x: 1 }, msg: 'hello' }],
        ['customLevels', { customLevels: { note: 35 } }, { level: 30, correlation_id: 'a', x: 1, msg: 'hello' }],
        ['crlf', { crlf: true }, { level: 30, correlation_id: 'a', x: 1, msg: 'hello' }],
        ['msgPrefix', { msgPrefix: '[p] ' }, { level: 30, correlation_id: 'a', x: 1, msg: '[p] hello' }],
        ['serializers', { serializers: { x: () => 'S' } }, { level: 30, correlation_id: 'a', x: 'S', msg: 'hello' }],
        ['a mixin', { mixin: () => ({ user: 'u' }) }, { level: 30, correlation_id: 'a', user: 'u', x: 1, msg: 'hello' }],
        ['a mixin under nestedKey', { mixin: () => ({ correlation_id: 'own' }), nestedKey: 'p' }, { level: 30, correlation_id: 'a', p: { correlation_id: 'own', x: 1 }, msg: 'hello' }],
        ['a hook', { hooks: { logMethod(args: never, method: never) { return Reflect.apply(method, this, args); } } }, { level: 30, correlation_id: 'a', x: 1, msg: 'hello' }],
      ] as const) {
        it(`the record of a logger with ${what}`, () => expect(recordOf(options as LoggerOptions)).to.deep.equal(expected));
      }

      it("records with a time, in each of pino's formats", () => {
        for (const timestamp of [true, pino.stdTimeFunctions.epochTime, pino.stdTimeFunctions.unixTime, pino.stdTimeFunctions.isoTime]) {
          expect(recordOf({ timestamp })).to.include({ correlation_id: 'a' }).and.have.property('time');
        }
      });

      it('records in the ECS format', () => {
        expect(recordOf(ecsFormat())).to.include({ correlation_id: 'a', message: 'hello', 'log.level': 'info', x: 1 });
      });

      it('each stream of a multistream', () => {
        const one: string[] = [];
        const two: string[] = [];
        const log = pino({ base: null, timestamp: false }, pino.multistream([{ stream: { write: (text: string) => void one.push(text) } }, { level: 'error', stream: { write: (text: string) => void two.push(text) } }]));
        withCorrelationId('a', () => log.error('hello'));
        expect([...one, ...two].map(strictJson)).to.deep.equal(Array(2).fill({ level: 50, correlation_id: 'a', msg: 'hello' }));
      });

      it('what pino writes to its own destination', () => {
        const folder = mkdtempSync(path.join(tmpdir(), 'corr-'));
        try {
          const destination = pino.destination({ dest: path.join(folder, 'log'), sync: true });
          withCorrelationId('a', () => pino({ base: null, timestamp: false }, destination).info('hello'));
          destination.end();
          expect(strictJson(readFileSync(path.join(folder, 'log'), 'utf8'))).to.deep.equal({ level: 30, correlation_id: 'a', msg: 'hello' });
        } finally {
          rmSync(folder, { recursive: true });
        }
      });

      it('the record of a child whose bindings have the key only at a deeper level or as text', () => {
        const records = recordsOf({}, (log) => {
          log.child({ ctx: { z: 1, correlation_id: 'deeper' } }).info('one');
          log.child({ text: ',"correlation_id":"text"' }).info('two');
          log.child({ xcorrelation_id: 'other' }).info('three');
        });
        expect(records.map((record) => record['correlation_id'])).to.deep.equal(['a', 'a', 'a']);
      });

      it('a record whose own key has no value', () => {
        expect(recordOf({}, { correlation_id: undefined })).to.deep.equal({ level: 30, correlation_id: 'a', msg: 'hello' });
        expect(recordOf({}, Object.create({ correlation_id: 'inherited' }) as object)).to.deep.equal({ level: 30, correlation_id: 'a', msg: 'hello' });
      });

      it('a frozen record, which stays unchanged', () => {
        const logged = Object.freeze({ x: 1 });
        expect(recordOf({}, logged)).to.include({ correlation_id: 'a', x: 1 });
        expect(logged).to.deep.equal({ x: 1 });
      });

      it('lines, and not on bindings', () => {
        recordsOf({}, (log) => {
          const child = log.child({ x: 1 });
          child.info('hello');
          expect(child.bindings()).to.deep.equal({ x: 1 });
        });
      });
    });

    describe('lets the application win, with the key once, if', () => {
      beforeEach(() => stamp());
      const own = { level: 30, correlation_id: 'own', msg: 'hello' };

      it('the logged object has it', () => expect(recordOf({}, { correlation_id: 'own' })).to.deep.equal(own));

      it('the logged object has the key as null', () => expect(recordOf({}, { correlation_id: null })).to.deep.equal({ ...own, correlation_id: null }));

      it("the logger's base has it", () => expect(recordOf({ base: { correlation_id: 'own' } as never }, {})).to.deep.equal(own));

      it("the logger's mixin has it", () => expect(recordOf({ mixin: () => ({ correlation_id: 'own' }) }, {})).to.deep.equal(own));

      it('a formatter adds it', () => {
        const log = (logged: object): Fields => ({ ...logged, correlation_id: 'own' });
        expect(recordOf({ formatters: { log } }, {})).to.deep.equal(own);
        expect(recordOf({ formatters: { log: (logged) => ({ ...logged, correlation_id: 'a' }) } }, {})).to.deep.equal({ ...own, correlation_id: 'a' });
        expect(recordOf({ formatters: { log }, nestedKey: 'p' }, {})).to.deep.equal({ level: 30, correlation_id: 'a', p: { correlation_id: 'own' }, msg: 'hello' });
      });

      it("a child's bindings have it, first, last or in between, on each of its lines", () => {
        const records = recordsOf({}, (log) => {
          for (const bindings of [{ correlation_id: 'own' }, { x: 1, correlation_id: 'own' }, { correlation_id: 'own', x: 1 }]) {
            const child = log.child(bindings);
            child.info('one');
            child.child({ y: 1 }).info('two');
            child.info('three');
          }
          log.info('not its own');
        });
        expect(records.map((record) => record['correlation_id'])).to.deep.equal([...Array(9).fill('own'), 'a']);
      });

      it("a child's bindings get it later", () => {
        const records = recordsOf({}, (log) => {
          const child = log.child({ x: 1 });
          child.info('before');
          child.setBindings({ correlation_id: 'own' });
          child.info('after');
        });
        expect(records.map((record) => record['correlation_id'])).to.deep.equal(['a', 'own']);
      });
    });

    describe('under redaction', () => {
      beforeEach(() => stamp());

      for (const [what, redact, value] of [
        ['its own path', ['correlation_id'], '[Redacted]'],
        ['its own path among others', ['secret', 'correlation_id', 'a.b'], '[Redacted]'],
        ['its own path in brackets', ['["correlation_id"]'], '[Redacted]'],
        ['its own path and a censor', { paths: ['correlation_id'], censor: '***' }, '***'],
        ['its own path and a censoring function', { paths: ['correlation_id'], censor: (id: string, where: string[]) => `${where.join('.')}/${id.length}` }, 'correlation_id/1'],
        ['everything', ['*'], '[Redacted]'],
        ['other paths', ['secret', 'a.b'], 'a'],
        ['something below everything', ['*.password'], 'a'],
        ['something below it', ['correlation_id.x'], 'a'],
      ] as const) {
        it(`of ${what}, the field is ${value}`, () => {
          const record = recordsOf({ redact: redact as never }, (log) => log.info({}))[0];
          expect(record?.['correlation_id']).to.equal(value);
        });
      }

      it('with remove, the field is left out', () => {
        expect(recordOf({ redact: { paths: ['correlation_id', 'secret'], remove: true } }, { secret: 1 })).to.deep.equal({ level: 30, msg: 'hello' });
      });

      it('of its path, the hop is redacted too, and the next line of another logger has it', () => {
        const off = configureCorrelation({ hops: true });
        try {
          const hopOf = (redact: unknown, use: (log: Logger) => Logger = (log) => log): unknown => recordsOf({ redact: redact as never }, (log) => use(log).info({}))[0]?.['hop'];
          for (const paths of [['hop'], ['*'], ['hop', 'correlation_id']]) expect(hopOf(paths), String(paths)).to.equal('[Redacted]');
          expect(hopOf(['correlation_id', 'hop.x'])).to.match(/^[0-9a-z]{4}$/);
          expect(hopOf({ paths: ['hop'], remove: true })).to.equal(undefined);
          expect(hopOf({ paths: ['hop'], censor: (hop: string) => `${hop.length}` })).to.equal('4');
          expect(hopOf([], (log) => log.child({}, { redact: ['hop'] }))).to.equal('[Redacted]');
          expect(hopOf([])).to.match(/^[0-9a-z]{4}$/);
        } finally {
          off();
        }
      });

      it("of only a child, the parent's lines keep the field", () => {
        const records = recordsOf({}, (log) => {
          const child = log.child({}, { redact: ['correlation_id'] });
          child.info('one');
          log.info('two');
          child.info('three');
        });
        expect(records.map((record) => record['correlation_id'])).to.deep.equal(['[Redacted]', 'a', '[Redacted]']);
      });
    });

    describe('beside correlationMixin', () => {
      beforeEach(() => stamp());

      it('stamps a record once, with any options of either', () => {
        expect(recordOf({ mixin: correlationMixin() }, {})).to.deep.equal({ level: 30, correlation_id: 'a', msg: 'hello' });
        expect(recordOf({ mixin: correlationMixin({ key: 'cid' }) }, {})).to.deep.equal({ level: 30, cid: 'a', msg: 'hello' });
        expect(recordOf({ mixin: correlationMixin({ mixin: () => ({ correlation_id: 'own' }) }) }, {})).to.deep.equal({ level: 30, correlation_id: 'own', msg: 'hello' });
        expect(recordOf({ mixin: () => ({ ...correlationMixin()({}, 30, undefined), x: 1 }) }, {})).to.deep.equal({ level: 30, correlation_id: 'a', x: 1, msg: 'hello' });
      });
    });

    describe('with options', () => {
      it('uses its key, with any characters', () => {
        stamp({ key: 'trace.id' });
        expect(recordOf({})).to.deep.equal({ level: 30, 'trace.id': 'a', x: 1, msg: 'hello' });
        undo();
        stamp({ key: 'a"\\b' });
        expect(recordOf({})).to.deep.equal({ level: 30, 'a"\\b': 'a', x: 1, msg: 'hello' });
        expect(recordOf({}, { 'a"\\b': 'own' })).to.deep.equal({ level: 30, 'a"\\b': 'own', msg: 'hello' });
      });

      it('has its label outside a request as text, or no field for null', () => {
        const outside = (options: FieldOptions): Fields => {
          stamp(options);
          let line = '';
          pino({ base: null, timestamp: false }, { write: (text: string) => void (line = text) }).info('hello');
          undo();
          return strictJson(line);
        };
        expect(outside({ internal: '"in",\n' })).to.deep.equal({ level: 30, correlation_id: '"in",\n', msg: 'hello' });
        expect(outside({ internal: null })).to.deep.equal({ level: 30, msg: 'hello' });
        stamp({ internal: null });
        expect(recordOf({})).to.include({ correlation_id: 'a' });
      });
    });

    describe('after its undo', () => {
      it('leaves no trace on old and new loggers, also the second time', () => {
        const records = recordsOf({}, (log) => {
          stamp();
          log.info('one');
          undo();
          log.info('two');
          undo();
          log.info('three');
        });
        expect(records.map((record) => record['correlation_id'])).to.deep.equal(['a', undefined, undefined]);
        expect(recordOf({})).to.deep.equal({ level: 30, x: 1, msg: 'hello' });
        stamp();
        expect(recordOf({})).to.include({ correlation_id: 'a' });
      });

      it('keeps the stamp of an earlier call, which a later call does not double', () => {
        stamp();
        const second = stampPino({ key: 'second' });
        expect(recordOf({})).to.deep.equal({ level: 30, correlation_id: 'a', x: 1, msg: 'hello' });
        second();
        expect(recordOf({})).to.include({ correlation_id: 'a' });
      });

      it('leaves no stamp if somebody has wrapped ours', () => {
        stamp();
        const prototype = Object.getPrototypeOf(Object.getPrototypeOf(pino({}, { write() {} }))) as Record<symbol, unknown>;
        const { asJsonSym } = pino.symbols as unknown as { asJsonSym: symbol };
        const ours = prototype[asJsonSym] as (...args: unknown[]) => string;
        prototype[asJsonSym] = function (this: unknown, ...args: unknown[]) {
          return ours.apply(this, args);
        };
        try {
          expect(recordOf({})).to.include({ correlation_id: 'a' });
          undo();
          expect(recordOf({})).to.deep.equal({ level: 30, x: 1, msg: 'hello' });
          stamp();
          expect(recordOf({})).to.include({ correlation_id: 'a' });
          undo();
        } finally {
          prototype[asJsonSym] = ours;
          undo();
        }
        expect(recordOf({})).to.deep.equal({ level: 30, x: 1, msg: 'hello' });
      });
    });
  });
}

describe('stampPino', () => {
  it('throws on a bad option, names it, and stamps nothing', () => {
    expect(() => stampPino({ key: '' })).to.throw(TypeError, 'key: "" - expected a non-empty string');
    expect(() => stampPino({ internal: 7 as never })).to.throw(TypeError, 'internal: 7 - expected a non-empty string or null');
    const [, pino] = PINOS[2] as (typeof PINOS)[number];
    let line = '';
    pino({}, { write: (text: string) => void (line = text) }).info('hello');
    expect(strictJson(line)).not.to.have.property('correlation_id');
  });

  it('keeps the lines of interleaved requests apart, on one logger and its children', async () => {
    const undo = stampPino();
    try {
      const lines: string[] = [];
      const [, pino] = PINOS[2] as (typeof PINOS)[number];
      const log = pino({ base: null, timestamp: false }, { write: (text: string) => void lines.push(text) });
      await Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          withCorrelationId(`id-${i}`, async () => {
            const child = log.child({ i });
            for (let step = 0; step < 5; step++) {
              await new Promise<void>((resolve) => setImmediate(resolve));
              (step % 2 === 0 ? child : log).info({ i }, 'step');
            }
          }),
        ),
      );
      // The child binds i and each line logs it: pino itself writes it twice, so this needs JSON.parse.
      const records = lines.map((line) => JSON.parse(line) as Fields);
      expect(records).to.have.lengthOf(1000);
      expect(records.every((record) => record['correlation_id'] === `id-${String(record['i'])}`)).to.equal(true);
    } finally {
      undo();
    }
  });
});

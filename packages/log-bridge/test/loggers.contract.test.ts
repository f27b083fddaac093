import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { configureCorrelation, withCorrelationId } from '@corr/propagator';
import { activeHop } from '@corr/propagator/internal';
import { expect } from 'chai';
import { strictJson } from '../../../test/strict-json';
import { stampLogger, stampLoggers } from '../src/index';
import { spanFields } from '../src/span-fields';
import { stampLoggersWith } from '../src/stamp-loggers';
import { KITS } from './kits';

type Fields = Record<string, unknown>;

for (const kit of KITS) {
  describe(`a stamped logger: ${kit.name}`, () => {
    let undo: () => void = () => {};
    beforeEach(() => void kit.load());
    afterEach(() => undo());
    const stamp = (...options: Parameters<typeof stampLoggers>): void => void (undo = stampLoggers(...options));

    /** The records written by a new logger; every line is parsed as JSON without duplicate keys. */
    const recordsOf = (use: (log: ReturnType<typeof kit.make>) => void): Fields[] => {
      const lines: string[] = [];
      use(kit.make((line) => lines.push(line)));
      return lines.map(strictJson);
    };
    const recordOf = (fields?: object): Fields => {
      const records = recordsOf((log) => log.info('hello', fields));
      expect(records).to.have.length(1);
      return records[0] as Fields;
    };
    const said = (record: Fields): unknown => record[kit.message ?? 'msg'];

    it('writes what it writes without the stamp, and once the ID at the top level', () => {
      const without = recordOf({ order: 7 });
      stamp();
      const with_ = withCorrelationId('a', () => recordOf({ order: 7 }));
      const { correlation_id: id, ...rest } = with_;
      expect(id).to.equal('a');
      expect({ ...rest, time: 0, date: 0 }).to.deep.equal({ ...without, time: 0, date: 0 });
      expect(said(with_)).to.equal('hello');
    });

    it('has its label outside a request, or no field for null, and takes another key', () => {
      stamp();
      expect(recordOf()).to.include({ correlation_id: 'Internal' });
      undo();
      stamp({ key: 'request.id', internal: 'none' });
      expect(recordOf()).to.include({ 'request.id': 'none' }).and.not.have.property('correlation_id');
      undo();
      stamp({ internal: null });
      expect(recordOf()).to.not.have.property('correlation_id');
      expect(withCorrelationId('a', () => recordOf())).to.include({ correlation_id: 'a' });
    });

    it('has the hop after the ID if hops are on, also under another name, and no hop outside a request', () => {
      const off = configureCorrelation({ hops: true });
      try {
        stamp();
        withCorrelationId('a', () => expect(recordOf()).to.include({ correlation_id: 'a', hop: activeHop()?.number }));
        expect(recordOf()).to.not.have.property('hop');
        withCorrelationId('a', () => expect(recordOf({ hop: 'own' })).to.include({ hop: 'own' }));
        undo();
        stamp({ hopKey: 'at' });
        withCorrelationId('a', () => expect(recordOf()).to.include({ at: activeHop()?.number }).and.not.have.property('hop'));
      } finally {
        off();
      }
    });

    it("keeps the application's own field of the line and of a child, and has no field twice", () => {
      stamp();
      withCorrelationId('a', () => {
        expect(recordOf({ correlation_id: 'own' })).to.include({ correlation_id: 'own' });
        const records = recordsOf((log) => {
          const child = log.child?.({ correlation_id: 'own' });
          child?.info('one');
          child?.info('two', { x: 1 });
          child?.child?.({ y: 1 }).info('three');
          log.info('not its own');
        });
        expect(records.map((record) => record['correlation_id'])).to.deep.equal([...Array(records.length - 1).fill('own'), 'a']);
      });
    });

    it('has the ID on the lines of children and in each output', () => {
      stamp();
      const [one, two]: [Fields[], Fields[]] = [[], []];
      const log = kit.make((line) => one.push(strictJson(line)), (line) => two.push(strictJson(line)));
      withCorrelationId('a', () => {
        log.info('hello');
        log.child?.({ part: 'shelf' }).info('hello', { x: 1 });
      });
      expect([...one, ...two].map((record) => record['correlation_id'])).to.deep.equal(Array(log.child === undefined ? 2 : 4).fill('a'));
    });

    it("does not change the application's objects: one that is logged in two requests has each request's ID", () => {
      stamp();
      const logged = Object.freeze({ x: 1 });
      const records = recordsOf((log) => {
        for (const id of ['a', 'b']) withCorrelationId(id, () => log.info('hello', logged));
      });
      expect(records.map((record) => record['correlation_id'])).to.deep.equal(['a', 'b']);
      expect(Reflect.ownKeys(logged)).to.deep.equal(['x']);
    });

    it('keeps the lines of interleaved requests apart', async () => {
      stamp();
      const lines: string[] = [];
      const log = kit.make((line) => lines.push(line));
      await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          withCorrelationId(`id-${i}`, async () => {
            for (let step = 0; step < 5; step++) {
              await new Promise<void>((resolve) => setImmediate(resolve));
              log.info('step', { i });
            }
          }),
        ),
      );
      const records = lines.map(strictJson);
      expect(records).to.have.length(500);
      expect(records.filter((record) => record['correlation_id'] !== `id-${String(record['i'])}`)).to.deep.equal([]);
    });

    it('writes what it writes without the stamp for an object whose properties throw', () => {
      const hostile = new Proxy({ x: 1 }, { has: () => fail(), get: (target, name) => (name in target ? Reflect.get(target, name) : fail()), getPrototypeOf: () => fail() });
      const attempt = (): unknown => {
        try {
          return recordsOf((log) => log.info('hello', hostile)).map(said);
        } catch (error) {
          return String(error);
        }
      };
      const without = attempt();
      stamp();
      expect(attempt()).to.deep.equal(without);
    });

    it('has the fields of the span too, unless the record has its own', () => {
      const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
      const spans = { trace_id: span.traceId, span_id: span.spanId, trace_flags: '01' };
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      undo = stampLoggersWith({}, [spanFields]);
      try {
        const within = (use: () => Fields): Fields => withCorrelationId('a', () => context.with(trace.setSpanContext(context.active(), span), use));
        expect(within(() => recordOf())).to.include({ correlation_id: 'a', ...spans });
        expect(within(() => recordOf({ trace_id: 'own' }))).to.include({ correlation_id: 'a', trace_id: 'own' }).and.not.have.any.keys('span_id', 'trace_flags');
        expect(within(() => recordOf({ correlation_id: 'own' }))).to.include({ correlation_id: 'own', ...spans });
        expect(recordOf()).to.not.have.any.keys(Object.keys(spans));
      } finally {
        context.disable();
      }
    });

    it('is not stamped after the undo, and can be stamped again', () => {
      const ids = (): unknown[] =>
        recordsOf((log) => {
          log.info('hello');
          log.child?.({}).info('hello');
        }).map((record) => record['correlation_id']);
      for (let i = 0; i < 3; i++) {
        stamp();
        expect(ids()).to.include('Internal').and.not.include(undefined);
        undo();
        undo();
        expect(ids()).to.include(undefined).and.not.include('Internal');
      }
    });

    it('is stamped once by two calls, and the first call decides', () => {
      stamp();
      const second = stampLoggers({ key: 'second' });
      expect(recordOf()).to.include({ correlation_id: 'Internal' }).and.not.have.property('second');
      second();
      expect(recordOf()).to.include({ correlation_id: 'Internal' });
    });
  });
}

function fail(): never {
  throw new Error('not to be looked at');
}

describe('stampLoggers', () => {
  it('throws on a bad option, names it, and stamps nothing', () => {
    expect(() => stampLoggers({ key: '' })).to.throw(TypeError, 'key: "" - expected a non-empty string');
    expect(() => stampLogger({ log: 1 })).to.throw(TypeError, 'logger: { log: 1 } - expected a logger of pino, winston, bunyan or consola');
  });
});

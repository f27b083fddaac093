import { expect } from 'chai';
import diagnostics from 'node:diagnostics_channel';
import type { DestinationStream, Logger, LoggerOptions } from 'pino';
import { strictJson } from '../../../test/strict-json';
import { stampPino } from '../src/index';
import { RecordWriter } from '../src/record-writer';
import { PINOS } from './pinos';

const KEYS = ['req', 'res', 'err', 'start'];
const RECORD = { req: { method: 'GET', url: '/a"b\u001b' }, res: undefined, err: { type: 'Error', message: 'it said "no"' }, start: 1764106000000.123 };
const membersOf = (record: object): string => `,${JSON.stringify(record).slice(1, -1)}`;
const PLAIN = { level: 30, correlation_id: 'Internal', req: RECORD.req, err: RECORD.err, start: RECORD.start, msg: 'request completed' };

/** For the first 1,000 lines of a process we look for copies of pino in bundles, by the records of the channel. Until then all records are objects. */
const WAYS = { 'as objects': 0, 'as members of the line': 1001 };

for (const [[version, pino], [way, before]] of PINOS.flatMap((each) => Object.entries(WAYS).map((one) => [each, one] as const))) {
  describe(`hop records on ${version}, ${way}`, () => {
    let undo: () => void;
    beforeEach(() => {
      undo = stampPino();
      const [, newest] = PINOS.at(-1) as (typeof PINOS)[number];
      const log = newest({ base: null }, { write: () => undefined });
      for (let i = 0; i < before; i++) log.info('before');
    });
    afterEach(() => undo());

    /** The lines of one hop record, and of a line of the application's behind it. */
    const linesOf = (options: LoggerOptions, record: object = RECORD, stream: object = {}, use: (log: Logger) => Logger = (log) => log): Record<string, unknown>[] => {
      const lines: string[] = [];
      const root = pino({ base: null, timestamp: false, ...options }, { write: (text: string) => void lines.push(text), ...stream }) as Logger;
      const log = use(root);
      new RecordWriter(log, KEYS, membersOf).write('info', record, 'request completed');
      log.info({ x: 1 }, 'hello');
      const [first, second] = lines.map((line) => strictJson(line) as Record<string, unknown>);
      expect(second).to.include({ msg: 'hello' });
      expect(second).not.to.have.any.keys(KEYS);
      return [first as Record<string, unknown>];
    };

    it('have the ID and their members, and nothing of them is on the next line', () => expect(linesOf({})).to.deep.equal([PLAIN]));

    it('keep their plain values if the application has serializers for their keys', () => {
      const fail = (): never => { throw new Error('called'); };
      expect(linesOf({ serializers: { req: fail, res: fail, err: fail } })).to.deep.equal([PLAIN]);
    });

    it("go through the application's mixin, formatter, redaction, hook and nested key", () => {
      expect(linesOf({ mixin: (record) => ({ asked: 'req' in record }) })).to.deep.equal([{ ...PLAIN, asked: true }]);
      expect(linesOf({ formatters: { log: ({ req, ...rest }) => ({ ...rest, asked: req }) } })[0]).to.deep.include({ asked: RECORD.req });
      expect(linesOf({ redact: ['req.url', 'err.message'] })[0]).to.deep.include({ req: { method: 'GET', url: '[Redacted]' } });
      const hooked: unknown[] = [];
      linesOf({ hooks: { logMethod(args, method) { hooked.push(args[0]); Reflect.apply(method, this, args); } } });
      expect(hooked[0]).to.deep.equal(RECORD);
      expect(linesOf({ nestedKey: 'payload' })[0]).to.deep.include({ payload: { req: RECORD.req, err: RECORD.err, start: RECORD.start } });
    });

    it('reach a stream that asks for objects as one object', () => {
      const stream = { [Symbol.for('pino.metadata')]: true, lastObj: undefined as unknown, write(this: { lastObj: unknown }) { seen.push(this.lastObj); } };
      const seen: unknown[] = [];
      const log = pino({ base: null, timestamp: false }, stream as never) as Logger;
      new RecordWriter(log, KEYS, membersOf).write('info', RECORD, 'request completed');
      expect(seen).to.deep.equal([RECORD]);
    });

    it('reach subscribers of the channel of pino 9.10 and later as one object', () => {
      const seen: unknown[] = [];
      const listen = (message: unknown): void => void seen.push(((message as { arguments: unknown[] }).arguments)[0]);
      diagnostics.subscribe('tracing:pino_asJson:start', listen);
      try {
        const lines = linesOf({});
        expect(seen[0]).to.deep.equal(version.startsWith('pino 8') ? undefined : RECORD);
        expect(lines).to.deep.equal([PLAIN]);
      } finally {
        diagnostics.unsubscribe('tracing:pino_asJson:start', listen);
      }
    });

    it('lend nothing to a line that the stream itself logs', () => {
      const inner: string[] = [];
      const other = pino({ base: null, timestamp: false }, { write: (text: string) => void inner.push(text) }) as Logger;
      const log = pino({ base: null, timestamp: false }, { write: () => other.info('from the stream') }) as Logger;
      new RecordWriter(log, KEYS, membersOf).write('info', RECORD, 'request completed');
      expect(inner.map(strictJson)).to.deep.equal([{ level: 30, correlation_id: 'Internal', msg: 'from the stream' }]);
    });

    it('lend nothing to a line that is logged for its time, and keep their members', () => {
      const inner: string[] = [];
      const other = pino({ base: null, timestamp: false }, { write: (text: string) => void inner.push(text) }) as Logger;
      expect(linesOf({ timestamp: () => (other.info('from the time'), '') })).to.deep.equal([PLAIN]);
      expect(inner.map(strictJson)[0]).to.deep.equal({ level: 30, correlation_id: 'Internal', msg: 'from the time' });
    });

    it('keep their members through a wrapper that copies the record', () => {
      const wrapped = (log: Logger): Logger => {
        const { info } = log;
        log.info = ((record: object, message: string) => info.call(log, { ...record }, message)) as Logger['info'];
        return log;
      };
      expect(linesOf({ serializers: { req: () => 'changed' } }, RECORD, {}, wrapped)[0]).to.deep.include(before === 0 ? { req: 'changed' } : PLAIN);
    });

    it('go to the parent of a child whose bindings have one of their keys, and nowhere without the level', () => {
      expect(linesOf({}, RECORD, {}, (log) => log.child({ child: 1 }))).to.deep.equal([{ ...PLAIN, child: 1 }]);
      const lines: string[] = [];
      const log = pino({ base: null, timestamp: false, customLevels: { note: 35 }, useOnlyCustomLevels: true, level: 'note' }, { write: (text: string) => void lines.push(text) }) as unknown as Logger;
      new RecordWriter(log, KEYS, membersOf).write('info', RECORD, 'request completed');
      expect(lines).to.deep.equal([]);
    });

    it('are alone with pino behind its own destination and transport, if nobody has wrapped or listens to anything there', () => {
      const destination = pino.destination({ dest: '/dev/null', sync: true });
      const transport = pino.transport({ target: 'pino/file', options: { destination: '/dev/null' } }) as DestinationStream & { end(): void };
      const isAlone = (options: LoggerOptions = {}, stream: DestinationStream = destination, change: (log: Logger) => void = () => undefined): boolean => {
        const log = pino(options, stream) as Logger;
        const writer = new RecordWriter(log, KEYS, membersOf);
        change(log);
        return writer.isAlone('info');
      };
      const write = (): void => undefined;
      try {
        for (const stream of [destination, transport]) expect(isAlone({}, stream)).to.equal(before > 0);
        expect(isAlone({}, { write })).to.equal(false);
        expect(isAlone({}, pino.multistream([{ stream: destination }]))).to.equal(false);
        expect(isAlone({ mixin: () => ({}) })).to.equal(false);
        expect(isAlone({ hooks: { logMethod(args, method) { Reflect.apply(method, this, args); } } })).to.equal(false);
        expect(isAlone({ hooks: { streamWrite: (line: string) => line } } as LoggerOptions)).to.equal(false);
        expect(isAlone({}, destination, (log) => (log.info = write))).to.equal(false);
        expect(isAlone({}, destination, () => destination.once('drain', write))).to.equal(false);
        destination.removeListener('drain', write);
        expect(isAlone({}, destination, () => Object.assign(destination, { write }))).to.equal(false);
        expect(isAlone({}, destination), 'wrapped before').to.equal(false);
      } finally {
        destination.end();
        transport.end();
      }
    });
  });
}

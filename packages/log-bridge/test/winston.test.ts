import { Writable } from 'node:stream';
import { withCorrelationId } from '@corr/propagator';
import { expect } from 'chai';
import winston from 'winston';
import Transport from 'winston-transport';
import { strictJson } from '../../../test/strict-json';
import { stampLoggers } from '../src/index';

type Fields = Record<string, unknown>;

describe('stamped winston', () => {
  let undo: () => void;
  before(() => void (undo = stampLoggers()));
  after(() => undo());

  /** The lines of a logger with these options inside a request. */
  const linesOf = (options: winston.LoggerOptions, use: (log: winston.Logger) => void): string[] => {
    const lines: string[] = [];
    const stream = new Writable({ write: (line: Buffer, _, done) => (lines.push(String(line).trimEnd()), done()) });
    const log = winston.createLogger({ transports: [new winston.transports.Stream({ stream })], ...options });
    withCorrelationId('a', () => use(log));
    return lines;
  };
  const ids = (use: (log: winston.Logger) => void): unknown[] => linesOf({}, use).map((line) => strictJson(line)['correlation_id']);

  it('has the ID on a line that is logged in any way', () => {
    const all = ids((log) => {
      log.info('text');
      log.info('text %s', 'x', { meta: 1 });
      log.info({ message: 'object' });
      log.log('info', 'text');
      log.log('warn', { message: 'object' } as never);
      log.log({ level: 'error', message: 'object', x: 1 });
      log.write({ level: 'info', message: 'written' });
      log.error(new Error('thrown'));
      log.error('text', new Error('thrown'));
      log.startTimer().done({ message: 'timed' });
      log.profile('p');
      log.profile('p');
      log.child({ part: 1 }).child({ part: 2 }).info('child');
      (log.info as unknown as () => void)();
    });
    expect(all).to.deep.equal(Array(13).fill('a'));
  });

  it('does not change a logged object, because it may be logged again in another request', () => {
    const info = { level: 'info', message: 'again' };
    const error = Object.assign(new Error('again'), { level: 'error' });
    const all = ids((log) => {
      for (const id of ['a', 'b']) withCorrelationId(id, () => void [log.log(info), log.error(error)]);
    });
    expect(all).to.deep.equal(['a', 'a', 'b', 'b']);
    for (const logged of [info, error]) expect(logged).to.not.have.property('correlation_id');
  });

  it('gives a format an error with its stack, its class and its private fields', () => {
    class OrderError extends Error {
      readonly #order = 7;
      get order(): number {
        return this.#order;
      }
      toJSON(): object {
        return { message: this.message, order: this.#order };
      }
    }
    const seen: unknown[] = [];
    const look = winston.format((info) => {
      seen.push(info instanceof OrderError, (info as unknown as OrderError).order, String(info['stack']).includes('winston.test'), info.constructor.name, 'correlation_id' in info);
      return info;
    });
    const json = linesOf({ format: winston.format.combine(look(), winston.format.json()) }, (log) => log.error(new OrderError('lost')));
    expect(seen).to.deep.equal([true, 7, true, 'OrderError', true]);
    expect(json.map(strictJson)).to.deep.equal([{ message: 'lost', order: 7, correlation_id: 'a' }]);

    const errors = winston.format.combine(winston.format.errors({ stack: true }), winston.format.json());
    const [line] = linesOf({ format: errors }, (log) => log.error(new OrderError('lost'))).map(strictJson);
    expect(line).to.include({ level: 'error', message: 'lost', correlation_id: 'a' });
    expect(line?.['stack']).to.include('winston.test');
  });

  it('lets a format change the field, and lets one set fields on an error', () => {
    const own = winston.format((info) => Object.assign(info, { correlation_id: 'own' }));
    const format = winston.format.combine(own(), winston.format.json());
    expect(linesOf({ format }, (log) => void [log.info('x'), log.error(new Error('x'))]).map((line) => strictJson(line)['correlation_id'])).to.deep.equal(['own', 'own']);
  });

  it('shows the field in formats that show fields: simple, printf, metadata, a format of the transport', () => {
    const { combine, json, metadata, printf, simple } = winston.format;
    const shown = (format: winston.Logform.Format): string[] => linesOf({ format }, (log) => log.info('x'));
    expect(shown(simple())).to.deep.equal(['info: x {"correlation_id":"a"}']);
    expect(shown(printf((info) => `${String(info['correlation_id'])} ${String(info.message)}`))).to.deep.equal(['a x']);
    expect(shown(combine(metadata(), json())).map(strictJson)).to.deep.equal([{ level: 'info', message: 'x', metadata: { correlation_id: 'a' } }]);
    const lines: string[] = [];
    const stream = new Writable({ write: (line: Buffer, _, done) => (lines.push(String(line)), done()) });
    linesOf({ transports: [new winston.transports.Stream({ stream, format: json() })], format: winston.format((info) => info)() }, (log) => log.info('x'));
    expect(lines.map(strictJson)).to.deep.equal([{ level: 'info', message: 'x', correlation_id: 'a' }]);
  });

  it("keeps a line's own ID if the transport takes the line later, in the context of another request", async () => {
    const taken: Fields[] = [];
    let allTaken: () => void;
    const done = new Promise<void>((resolve) => (allTaken = resolve));
    class Slow extends Transport {
      override log(info: Fields, next: () => void): void {
        if (taken.push(info) === 200) allTaken();
        setImmediate(next);
      }
    }
    const log = winston.createLogger({ transports: [new Slow()] });
    for (let i = 0; i < 200; i++) withCorrelationId(`id-${i}`, () => log.info({ message: 'x', i } as never));
    expect(taken).to.have.length.below(200); // the others wait
    await done;
    expect(taken.map((info) => info['correlation_id'])).to.deep.equal(taken.map((info) => `id-${String(info['i'])}`));
  });

  it("stamps the lines of the default logger and of a container", () => {
    const lines: string[] = [];
    const stream = new Writable({ write: (line: Buffer, _, done) => (lines.push(String(line)), done()) });
    const transport = new winston.transports.Stream({ stream });
    winston.configure({ transports: [transport] });
    withCorrelationId('a', () => {
      winston.info('default');
      winston.loggers.add('shop', { transports: [new winston.transports.Stream({ stream })] }).info('container');
    });
    winston.configure({});
    expect(lines.map((line) => strictJson(line)['correlation_id'])).to.deep.equal(['a', 'a']);
  });
});

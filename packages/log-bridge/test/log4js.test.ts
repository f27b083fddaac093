import { withCorrelationId } from '@corr/propagator';
import { expect } from 'chai';
import log4js from 'log4js';
import { strictJson } from '../../../test/strict-json';
import { stampLoggers } from '../src/index';

type Layout = (event: log4js.LoggingEvent) => string;
interface Layouts extends Record<string, unknown> {
  basicLayout: Layout;
  colouredLayout: Layout;
  messagePassThroughLayout: Layout;
  layout(type: string, config?: object): Layout;
}

describe('stamped log4js', () => {
  let undo: () => void;
  beforeEach(() => void (undo = stampLoggers()));
  afterEach(() => undo());

  /** The lines that an appender with this layout makes from what is logged in a request. */
  const linesOf = (layoutOf: (layouts: Layouts) => Layout, use: (log: log4js.Logger) => void, category: object = {}): unknown[] => {
    const lines: unknown[] = [];
    const configure = (_: unknown, layouts: Layouts): ((event: log4js.LoggingEvent) => void) => {
      const layout = layoutOf(layouts);
      return (event) => void lines.push(layout(event));
    };
    log4js.configure({ appenders: { lines: { type: { configure } } }, categories: { default: { appenders: ['lines'], level: 'info', ...category } } } as never);
    withCorrelationId('a', () => use(log4js.getLogger('shop')));
    return lines;
  };
  const pattern = (text: string, tokens?: object) => (layouts: Layouts): Layout => layouts.layout('pattern', { pattern: text, tokens });

  it('has the ID in front of the message in its own layouts', () => {
    const say = (log: log4js.Logger): void => log.info('order %d of 100%', 7);
    const head = /^(?:\x1b\[32m)?\[[^\]]+\] \[INFO\] shop - (?:\x1b\[39m)?\[a\] order 7 of 100%$/;
    for (const layout of ['basicLayout', 'colouredLayout', 'coloredLayout']) {
      const [line] = linesOf((layouts) => layouts[layout] as Layout, say);
      expect(line, layout).to.match(head);
    }
    for (const type of ['basic', 'colored', 'coloured']) expect(linesOf((layouts) => layouts.layout(type), say)[0], type).to.match(head);
    expect(linesOf((layouts) => layouts.layout('messagePassThrough'), say)).to.deep.equal(['[a] order 7 of 100%']);
    expect(linesOf((layouts) => layouts.layout('dummy'), (log) => log.info('order'))).to.deep.equal(['[a] order']);
    expect(linesOf(pattern('%p %m'), say)).to.deep.equal(['INFO [a] order 7 of 100%']);
  });

  it('has it there for every kind of message', () => {
    const use = (log: log4js.Logger): void => {
      log.info({ x: 1 });
      log.info('text', { x: 1 });
      log.info(7);
      log.info('%s');
      log.info('');
    };
    expect(linesOf((layouts) => layouts.messagePassThroughLayout, use)).to.deep.equal(['[a] { x: 1 }', '[a] text { x: 1 }', '[a] 7', '[a] %s', '']);
    expect(linesOf((layouts) => layouts.layout('dummy'), (log) => log.info({ x: 1 } as never))).to.deep.equal([{ x: 1 }]);
  });

  it('has it where the pattern shows the field, and not a second time', () => {
    expect(linesOf(pattern('%X{correlation_id} %m'), (log) => log.info('order'))).to.deep.equal(['a order']);
    expect(linesOf(pattern('%x{id} %m', { id: (event: log4js.LoggingEvent) => `(${String(event.context['correlation_id'])})` }), (log) => log.info('order'))).to.deep.equal(['(a) [a] order']);
  });

  it('has it once as a field at the top level of a JSON line', () => {
    log4js.addLayout('event', () => (event) => JSON.stringify({ level: event.level.levelStr, context: event.context }));
    log4js.addLayout('spread', () => (event) => JSON.stringify({ msg: event.data[0] as unknown, ...(event.context as object) }));
    log4js.addLayout('plain', () => (event) => JSON.stringify({ msg: event.data[0] as unknown }));
    log4js.addLayout('text', () => (event) => `text ${String(event.data[0])}`);
    const one = (layoutOf: (layouts: Layouts) => Layout): unknown => linesOf(layoutOf, (log) => log.info('order'))[0];
    expect(strictJson(one((layouts) => layouts.layout('event')) as string)).to.deep.equal({ level: 'INFO', context: { correlation_id: 'a' }, correlation_id: 'a' });
    expect(one((layouts) => layouts.layout('spread'))).to.equal('{"msg":"order","correlation_id":"a"}');
    expect(one((layouts) => layouts.layout('plain'))).to.equal('{"msg":"order","correlation_id":"a"}');
    expect(one(pattern('{"msg":"%m"}'))).to.equal('{"msg":"order","correlation_id":"a"}');
    expect(one((layouts) => layouts.layout('text'))).to.equal('text order'); // unchanged
    expect(linesOf((layouts) => layouts.layout('messagePassThrough'), (log) => log.info('{"msg":"order"}'))).to.deep.equal(['{"msg":"order","correlation_id":"a"}']);
  });

  it("keeps a field that a logger has in its context", () => {
    const use = (log: log4js.Logger): void => {
      log.addContext('correlation_id', 'own');
      log.info('order');
      log.clearContext();
      log.info('order');
    };
    expect(linesOf(pattern('%X{correlation_id} %m'), use)).to.deep.equal(['own order', 'a order']);
    expect(linesOf((layouts) => layouts.layout('messagePassThrough'), use)).to.deep.equal(['[own] order', '[a] order']);
  });

  it('shows the place where a line was logged as it does without the stamp', () => {
    const use = (log: log4js.Logger): void => void [log.info('order'), log.error(new Error('lost'))];
    const lines = linesOf(pattern('%f{1}:%l %M'), use, { enableCallStack: true });
    undo();
    const without = linesOf(pattern('%f{1}:%l %M'), use, { enableCallStack: true });
    expect(lines[0]).to.match(/^log4js\.test\.ts:\d+/);
    expect(lines).to.deep.equal(without);
  });

  it('writes no label through an appender that stays after the undo', () => {
    const lines = linesOf((layouts) => layouts.layout('basic'), (log) => {
      log.info('one');
      undo();
      log.info('two');
    });
    expect(lines.map((line) => String(line).replace(/^.* - /, ''))).to.deep.equal(['[a] one', 'two']);
  });
});

import { Writable } from 'node:stream';
import { Console } from 'node:console';
import { withCorrelationId } from '@corr/propagator';
import { expect } from 'chai';
import { RecordFields } from '../src/record-fields';
import { stampConsole } from '../src/stamp-console';

describe('stampConsole', () => {
  const METHODS = ['log', 'info', 'debug', 'warn', 'error'] as const;
  const real = Object.fromEntries(METHODS.map((name) => [name, console[name]]));
  afterEach(() => void Object.assign(console, real));

  /** The lines that the process's console writes in a request, with its methods replaced by those of a test console. */
  const linesOf = (use: () => void, fields = new RecordFields()): string[] => {
    let text = '';
    const stream = new Writable({ write: (data: Buffer, _, done) => ((text += String(data)), done()) });
    const ours = new Console(stream, stream);
    for (const name of METHODS) console[name] = ours[name];
    const undo = stampConsole(fields);
    try {
      withCorrelationId('a', use);
    } finally {
      undo();
    }
    for (const name of METHODS) expect(console[name]).to.equal(ours[name]);
    return text.trimEnd().split('\n');
  };

  it('puts the ID in front of any kind of output, through each of its methods', () => {
    const lines = linesOf(() => {
      for (const name of METHODS) console[name]('text');
      console.log('%s costs %d%%', 'it', 5);
      console.log('100%');
      console.log({ x: 1 }, 'y');
      console.log(7);
      console.log(undefined);
      console.error(new RangeError('lost').message);
      console.assert(false, 'assertion');
    });
    expect(lines).to.deep.equal([
      ...METHODS.map(() => '[a] text'),
      '[a] it costs 5%',
      '[a] 100%',
      "[a] { x: 1 } y",
      '[a] 7',
      '[a] undefined',
      '[a] lost',
      '[a] Assertion failed: assertion',
    ]);
  });

  it('leaves an empty line empty', () => {
    expect(linesOf(() => void [console.log('x'), console.log(), console.log(''), console.log('y')])).to.deep.equal(['[a] x', '', '', '[a] y']);
  });

  for (const time of ['2026-11-25T10:00:00.000Z', '2026-11-25 10:00:00,123', '[2026-11-25T10:00:00+01:00]', '2026-11-25T10:00:00Z:']) {
    it(`puts it after the time: ${time}`, () => {
      expect(linesOf(() => console.log(`${time} INFO order %s`, 'opened'))).to.deep.equal([`${time} [a] INFO order opened`]);
    });
  }

  it('adds it as the last field if the line is a JSON object without that field', () => {
    const lines = linesOf(() => {
      console.log('{"level":"info","msg":"order"}');
      console.log('{}');
      console.log('{"msg":"}"} ');
      console.log('{"correlation_id":"own"}');
      console.log('{"correlation_id":null}');
      console.log('{"deeper":{"correlation_id":"own"}}');
    });
    expect(lines).to.deep.equal([
      '{"level":"info","msg":"order","correlation_id":"a"}',
      '{"correlation_id":"a"}',
      '{"msg":"}","correlation_id":"a"} ',
      '{"correlation_id":"own"}',
      '{"correlation_id":null}',
      '{"deeper":{"correlation_id":"own"},"correlation_id":"a"}',
    ]);
  });

  it('puts it in front of text that only resembles a JSON object', () => {
    expect(linesOf(() => void [console.log('{ x: 1 }'), console.log('[1]'), console.log('{"a":1}', 2)])).to.deep.equal(['[a] { x: 1 }', '[a] [1]', '[a] {"a":1} 2']);
  });

  it('does not add it to a line that shows it already', () => {
    const lines = linesOf(() => void [console.log('[now] [a] order'), console.log('info: order {"correlation_id":"a"}')]);
    expect(lines).to.deep.equal(['[now] [a] order', 'info: order {"correlation_id":"a"}']);
  });

  it('adds more fields after it with their names, and nothing outside a request if the label is null', () => {
    const spans = { names: ['trace_id'] as const, now: () => [['trace_id', '0af7'] as const] };
    expect(linesOf(() => console.log('x'), new RecordFields({ key: 'cid' }, [{ ...spans, names: ['trace_id'] }]))).to.deep.equal(['[a trace_id=0af7] x']);
    let text = '';
    console.log = (line: string) => void (text += line);
    const undo = stampConsole(new RecordFields({ internal: null }));
    console.log('x');
    undo();
    expect(text).to.equal('x');
  });

  it('also stamps the console of an ES module, and after its undo passes calls on if somebody has wrapped it', async () => {
    const named = (await import('node:console')).log;
    let text = '';
    console.log = (line: string) => void (text += `${line}\n`);
    const undo = stampConsole(new RecordFields());
    const ours = console.log;
    console.log = (...args) => ours(...args);
    console.log('one');
    expect((await import('node:console')).log).to.not.equal(named);
    undo();
    console.log('two');
    expect(text).to.equal('[Internal] one\ntwo\n');
  });
});

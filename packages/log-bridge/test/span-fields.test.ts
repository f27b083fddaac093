import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { expect } from 'chai';
import pino from 'pino';
import { RecordFields } from '../src/record-fields';
import { spanFields } from '../src/span-fields';
import { stampPinoWith } from '../src/stamp-pino';
import { strictJson } from '../../../test/strict-json';

describe('spanFields on pino', () => {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  let undo: () => void;

  before(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    undo = stampPinoWith(new RecordFields({}, [spanFields]));
  });
  after(() => {
    undo();
    context.disable();
  });

  /** The one line written inside a span. */
  function line(write: (logger: pino.Logger) => void, spanContext = span): Record<string, unknown> {
    const lines: string[] = [];
    const logger = pino({ base: null }, { write: (text: string) => void lines.push(text) });
    context.with(trace.setSpanContext(context.active(), spanContext), () => write(logger));
    expect(lines).to.have.length(1);
    return strictJson(lines[0] as string);
  }

  it('adds the fields of the active span beside the ID', () => {
    expect(line((logger) => logger.info('hi'))).to.include({ correlation_id: 'Internal', trace_id: span.traceId, span_id: span.spanId, trace_flags: '01' });
  });

  it("keeps the application's own fields, in the record and in the bindings", () => {
    expect(line((logger) => logger.info({ trace_id: 'own' }))).to.include({ trace_id: 'own', correlation_id: 'Internal' });
    expect(line((logger) => logger.child({ trace_id: 'own' }).info('hi'))).to.include({ trace_id: 'own', correlation_id: 'Internal' });
  });

  it('adds no fields outside a trace', () => {
    expect(line((logger) => logger.info('hi'), { ...span, traceId: '0'.repeat(32) })).to.not.have.property('trace_id');
  });
});

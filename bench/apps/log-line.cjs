'use strict';
const { AsyncLocalStorage } = require('node:async_hooks');
const { randomUUID } = require('node:crypto');
const { setImmediate } = require('node:timers/promises');
const ours = require('./ours.cjs');

const [variant, lines] = [process.argv[2], Number(process.argv[3])];
const IDS = Array.from({ length: 1024 }, () => randomUUID());
const sink = { write() {} };

/** One logger and one context for each ID. All variants enter their contexts in the same way, by a snapshot. */
const make = {
  plain: () => everywhere(require('pino')({}, sink)),
  constant: () => everywhere(require('pino')({ mixin: () => ({ correlation_id: IDS[0] }) }, sink)),
  child() {
    const log = require('pino')({}, sink);
    return IDS.map((id) => [log.child({ correlation_id: id }), AsyncLocalStorage.snapshot()]);
  },
  mixin() {
    const { correlationMixin } = ours('log-bridge');
    return carried(require('pino')({ mixin: correlationMixin() }, sink));
  },
  hook() {
    ours('log-bridge').stampPino();
    return carried(require('pino')({}, sink));
  },
  plainChild: () => everywhere(require('pino')({}, sink).child({ module: 'a' })),
  childHook() {
    ours('log-bridge').stampPino();
    return carried(require('pino')({}, sink).child({ module: 'a' }));
  },
  instrumentation: () => inSpans('instrumentation-pino', 'PinoInstrumentation', () => require('pino')({}, sink)),
  winston: () => everywhere(winston()),
  winstonHook() {
    ours('log-bridge').stampLoggers();
    return carried(winston());
  },
  winstonInstrumentation: () => inSpans('instrumentation-winston', 'WinstonInstrumentation', winston),
};

/** winston as it writes JSON, into a stream that drops it. */
function winston() {
  const { createLogger, transports } = require('winston');
  const { Writable } = require('node:stream');
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  return createLogger({ transports: [new transports.Stream({ stream })] });
}

/** Under OpenTelemetry's instrumentation of a logger, each line inside a span. */
function inSpans(name, className, makeLog) {
  const otel = require('../variants/otel.cjs');
  const { context, trace } = otel('api');
  context.setGlobalContextManager(new (otel('context-async-hooks').AsyncLocalStorageContextManager)().enable());
  new (otel(name)[className])({ disableLogSending: true }).enable();
  const log = makeLog();
  return IDS.map((id) => {
    const span = { traceId: id.replaceAll('-', ''), spanId: id.replaceAll('-', '').slice(16), traceFlags: 1 };
    return [log, context.with(trace.setSpanContext(context.active(), span), () => AsyncLocalStorage.snapshot())];
  });
}

function everywhere(log) {
  return IDS.map(() => [log, AsyncLocalStorage.snapshot()]);
}

function carried(log) {
  const { withCorrelationId } = ours('propagator');
  return IDS.map((id) => [log, withCorrelationId(id, () => AsyncLocalStorage.snapshot())]);
}

const requests = make[variant]();

const twoLines = variant.startsWith('winston')
  ? (log) => {
      log.info('hello', { a: 1 });
      log.info('hello', { a: 2 });
    }
  : (log) => {
      log.info({ a: 1 }, 'hello');
      log.info({ a: 2 }, 'hello');
    };

/** Lets the event loop turn every 2,048 lines, as a server does. winston formats a part of its lines only then, and keeps them until then. */
async function run(count) {
  for (let i = 0; i < count / 2; i++) {
    const [log, within] = requests[i & 1023];
    within(twoLines, log);
    if ((i & 1023) === 1023) await setImmediate();
  }
}

async function main() {
  await run(lines / 3);
  const before = process.cpuUsage();
  await run(lines);
  const { user, system } = process.cpuUsage(before);
  process.send({ value: ((user + system) * 1000) / lines });
  process.disconnect();
}

void main();

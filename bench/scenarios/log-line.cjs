'use strict';
const inProcess = require('./in-process.cjs');

module.exports = inProcess({
  title: 'Log line: `log.info({ a: 1 }, "hello")` into a stream that drops it, a new ID every two lines',
  unit: 'ns CPU per line',
  rounds: { full: 9, quick: 1 },
  app: 'log-line.cjs',
  orders: { full: 600_000, quick: 200_000 },
  variants: {
    plain: { title: 'plain pino', args: ['plain'] },
    child: { title: 'child with the ID bound, made beforehand', args: ['child'] },
    constant: { title: 'mixin that returns a constant', args: ['constant'] },
    mixin: { title: '@corr, correlationMixin()', args: ['mixin'], ours: true },
    hook: { title: '@corr, stampPino(): the zero-code hook', args: ['hook'], ours: true },
    plainChild: { title: 'plain child logger', args: ['plainChild'] },
    childHook: { title: 'child logger, @corr, stampPino()', args: ['childHook'], ours: true },
    instrumentation: { title: 'instrumentation-pino, inside a span', args: ['instrumentation'] },
    winston: { title: 'plain winston', args: ['winston'] },
    winstonHook: { title: 'winston, @corr, stampLoggers(): the zero-code hook', args: ['winstonHook'], ours: true },
    winstonInstrumentation: { title: 'winston, instrumentation-winston, inside a span', args: ['winstonInstrumentation'] },
  },
});

/** Writes one line with one copy of a logger library, as an application would, and returns the output. */
type WriteLine = (library: never) => string | Promise<string>;

type Sink = { write(line: string): void };
type Info = { info(message: string): void };

/** The stamped libraries, each with a way to capture one of its lines. */
export const LOG_LINES: Readonly<Record<string, WriteLine>> = {
  pino: (pino: ((options: object, stream: Sink) => Info) & { default?: never }) => caught((stream) => (pino.default ?? pino)({}, stream).info('check')),

  winston: ({ createLogger, format, transports }: { createLogger(options: object): Info; format: { json(): object }; transports: { Stream: new (options: object) => object } }) =>
    caught((stream, done) => {
      const { Writable } = require('node:stream') as typeof import('node:stream');
      const writable = new Writable({
        write: (line: Buffer, _, next) => {
          stream.write(String(line));
          next();
          done();
        },
      });
      createLogger({ format: format.json(), transports: [new transports.Stream({ stream: writable })] }).info('check');
    }, true),

  bunyan: ({ createLogger }: { createLogger(options: object): Info }) => caught((stream) => createLogger({ name: 'check', streams: [{ stream }] }).info('check')),

  log4js: ({ configure, getLogger }: { configure(options: object): unknown; getLogger(): Info }) =>
    caught((stream) => {
      const type = { configure: (_: unknown, layouts: { basicLayout(event: unknown): string }) => (event: unknown) => stream.write(layouts.basicLayout(event)) };
      configure({ appenders: { check: { type } }, categories: { default: { appenders: ['check'], level: 'info' } } });
      getLogger().info('check');
    }),

  consola: ({ createConsola }: { createConsola(options: object): Info }) =>
    caught((stream) => createConsola({ reporters: [{ log: (record: object) => stream.write(JSON.stringify(record)) }], throttle: 0 }).info('check')),
};

function caught(log: (stream: Sink, done: () => void) => void, later = false): string | Promise<string> {
  const lines: string[] = [];
  const written = (): string => lines.join('').trim();
  if (!later) {
    log({ write: (line) => void lines.push(line) }, () => undefined);
    return written();
  }
  return new Promise((resolve) => log({ write: (line) => void lines.push(line) }, () => resolve(written())));
}

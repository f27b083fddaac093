import { Writable } from 'node:stream';
import { format } from 'node:util';
import type Bunyan from 'bunyan';
import type { ConsolaInstance, LogObject } from 'consola';
import type Log4js from 'log4js';
import type Winston from 'winston';
import { PINOS } from './pinos';

export interface Log {
  /** Logs a message with the application's fields. */
  info(message: string, fields?: object): void;
  child?(fields: object): Log;
}

/** One version of one logger, configured to write each line as JSON to each of the outputs. */
export interface Kit {
  name: string;
  /** The library as an application loads it. */
  load(): unknown;
  make(...outputs: ((line: string) => void)[]): Log;
  /** Name of the message field. Default `msg`. */
  message?: string;
}

const later = <T>(name: string) => (): T => require(name) as T;

function winston(name: string, load: () => typeof Winston): Kit {
  const wrapped = (logger: Winston.Logger): Log => ({
    info: (message, fields) => void (fields === undefined ? logger.info(message) : logger.info(message, fields)),
    ...(typeof logger.child === 'function' ? { child: (fields) => wrapped(logger.child(fields)) } : {}),
  });
  return {
    name,
    load,
    message: 'message',
    make(...outputs) {
      const { createLogger, format: formats, transports } = load();
      const streams = outputs.map((write) => {
        const stream = new Writable({ write: (line: Buffer, _, done) => (write(String(line).trimEnd()), done()) });
        return new transports.Stream({ stream });
      });
      return wrapped(createLogger({ format: formats.json(), transports: streams }));
    },
  };
}

function bunyan(name: string, load: () => typeof Bunyan): Kit {
  const wrapped = (logger: Bunyan): Log => ({ info: (message, fields = {}) => logger.info(fields, message), child: (fields) => wrapped(logger.child(fields)) });
  return {
    name,
    load,
    make(first, ...raw) {
      const streams: Bunyan.Stream[] = raw.map((write) => ({ type: 'raw', stream: { write: (record: object) => write(JSON.stringify(record)) } as never }));
      return wrapped(load().createLogger({ name: 'app', streams: [{ stream: { write: first } as never }, ...streams] }));
    },
  };
}

function log4js(name: string, load: () => typeof Log4js): Kit {
  return {
    name,
    load,
    make(...outputs) {
      const { addLayout, configure, getLogger } = load();
      addLayout('json', () => ({ data: [message, fields] }) => JSON.stringify({ msg: format(message), ...(fields as object) }));
      const type = { configure: (config: { write(line: string): void }, layouts: { layout(type: string): (event: unknown) => string }) => {
        const layout = layouts.layout('json');
        return (event: unknown) => config.write(layout(event));
      } };
      const appenders = Object.fromEntries(outputs.map((write, i) => [`a${i}`, { type, write }]));
      configure({ appenders, categories: { default: { appenders: Object.keys(appenders), level: 'info' } } } as never);
      const wrapped = (context: object): Log => {
        const logger = getLogger();
        for (const [key, value] of Object.entries(context)) logger.addContext(key, value);
        return { info: (message, fields) => logger.info(message, ...(fields === undefined ? [] : [fields])), child: (fields) => wrapped({ ...context, ...fields }) };
      };
      return wrapped({});
    },
  };
}

function consola(name: string, load: () => { createConsola(options: object): ConsolaInstance }): Kit {
  const wrapped = (logger: ConsolaInstance): Log => ({ info: (message, fields = {}) => logger.info({ message, ...fields }), child: (fields) => wrapped(logger.withDefaults(fields)) });
  return {
    name,
    load,
    make(...outputs) {
      const reporters = outputs.map((write) => ({ log: ({ args: [msg], ...rest }: LogObject) => write(JSON.stringify({ msg, ...rest })) }));
      return wrapped(load().createConsola({ reporters, throttle: 0 }));
    },
  };
}

function pino(name: string, load: (typeof PINOS)[number][1]): Kit {
  const wrapped = (logger: ReturnType<typeof load>): Log => ({ info: (message, fields = {}) => logger.info(fields, message), child: (fields) => wrapped(logger.child(fields)) });
  return {
    name,
    load: () => load,
    make: (...outputs) => wrapped(load({ base: null, timestamp: false }, (load as { multistream: typeof import('pino').multistream }).multistream(outputs.map((write) => ({ stream: { write } })) as never))),
  };
}

export const KITS: readonly Kit[] = [
  pino('pino', (PINOS.at(-1) as (typeof PINOS)[number])[1]),
  winston('winston', later('winston')),
  winston('winston 3.0.0', later('winston-floor')),
  bunyan('bunyan', later('bunyan')),
  bunyan('bunyan 1.0.0', later('bunyan-floor')),
  bunyan('bunyan 2', later('bunyan2')),
  log4js('log4js', later('log4js')),
  log4js('log4js 6.0.0', later('log4js-floor')),
  consola('consola', later('consola')),
  consola('consola 3.0.0', later('consola-floor')),
];

import { Writable } from 'node:stream';
import { ecsFormat } from '@elastic/ecs-pino-format';
import { expect } from 'chai';
import type { Entry } from '../../src/model';
import { parseLine } from '../../src/read/formats/line';
import { endOfRecord } from '../../src/read/records';

const T = Date.parse('2026-11-23T21:18:42.842Z');
const LINE = `{"level":50,"time":${T},"correlation_id":"c-1","name":"svc","msg":"hi"}`;
const attributes = (values: Record<string, object>): object[] => Object.entries(values).map(([key, value]) => ({ key, value }));
const resource = { attributes: attributes({ 'service.name': { stringValue: 'svc' } }) };

/** Lines as other programs write them, with what is read of each. The access logs are those of examples/edge. */
const WRITTEN: Record<string, [line: string, read: { time: number } & Partial<Entry>]> = {
  'nginx': ['{"time":"2026-11-23T21:18:42+00:00","correlation_id":"c-1","method":"GET","path":"/orders/7","status":503,"seconds":0.012,"upstream":"10.0.0.1:80"}', { time: T - 842, resolution: 1000, id: 'c-1' }],
  'haproxy': ['{"time":"23/Nov/2026:21:18:42 +0000","correlation_id":"c-1","method":"GET","path":"/orders/7","status":503,"milliseconds":12,"upstream":"service"}', { time: T - 842, resolution: 1000, id: 'c-1' }],
  'Caddy': [`{"level":"info","ts":${T / 1000},"msg":"handled request","request":{"method":"GET","host":"a","uri":"/orders/7?x=1"},"correlation_id":"c-1","duration":0.012,"status":503}`, { time: T, level: 'info', id: 'c-1' }],
  'a combined access log': ['10.0.0.1 - - [23/Nov/2026:21:18:42 +0000] "GET /orders/7?x=1 HTTP/1.1" 503 12 "-" "curl" c-1', { time: T - 842, resolution: 1000 }],
  'Python': ['{"asctime":"2026-11-23 21:18:42,842","levelname":"ERROR","correlation_id":"c-1","name":"svc","message":"hi"}', { time: T, service: 'svc', level: 'error', id: 'c-1', msg: 'hi' }],
  'docker': [JSON.stringify({ log: `${LINE}\n`, stream: 'stdout', time: '2026-11-23T21:18:43Z' }), { time: T, service: 'svc', level: 'error', id: 'c-1', msg: 'hi' }],
  'docker compose': [`svc-1  | ${LINE}`, { time: T, service: 'svc', level: 'error', id: 'c-1', msg: 'hi' }],
  'CRI': [`2026-11-23T21:18:43.842123456Z stdout F ${LINE}`, { time: T, service: 'svc', level: 'error', id: 'c-1', msg: 'hi' }],
  'journald': [JSON.stringify({ __REALTIME_TIMESTAMP: `${T}000`, _SYSTEMD_UNIT: 'svc.service', PRIORITY: '6', MESSAGE: LINE }), { time: T, service: 'svc', level: 'error', id: 'c-1', msg: 'hi' }],
  'an OTLP log record': [
    JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ timeUnixNano: `${T}000000`, severityNumber: 17, body: { stringValue: 'hi' }, attributes: attributes({ correlation_id: { stringValue: 'c-1' } }) }] }] }] }),
    { time: T, service: 'svc', level: 'error', id: 'c-1', msg: 'hi' },
  ],
  'an OTLP span': [
    JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [{ traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'GET /orders/7', kind: 2, startTimeUnixNano: `${T}000000`, endTimeUnixNano: `${T + 12}000000`, attributes: attributes({ 'correlation.id': { stringValue: 'c-1' } }) }] }] }] }),
    { time: T, service: 'svc', id: 'c-1' },
  ],
  'epoch seconds': [`{"time":${Math.floor(T / 1000)},"correlation_id":"c-1","msg":"hi"}`, { time: T - 842, resolution: 1000 }],
  'epoch microseconds': [`{"time":${T}000,"correlation_id":"c-1","msg":"hi"}`, { time: T, resolution: 0.001 }],
  'epoch nanoseconds': [`{"time":${T}000000,"correlation_id":"c-1","msg":"hi"}`, { time: T, resolution: 0.000001 }],
  'JSON behind a time and a level': [`[2026-11-23 21:18:42.842 +0000] ERROR: ${LINE}`, { time: T, service: 'svc', level: 'error', id: 'c-1', msg: 'hi' }],
  'the console, with a hop': ['2026-11-23T21:18:42.842Z [c-1 hop=k3f9.1-8ab trace_id=0af7] cannot open cache', { time: T, service: 'file', id: 'c-1', hop: 'k3f9.1-8ab', msg: '2026-11-23T21:18:42.842Z cannot open cache' }],
  'consola, with a hop, in docker': [JSON.stringify({ log: ' ERROR  [c-1 hop=k3f9] cannot open cache\n', stream: 'stderr', time: '2026-11-23T21:18:42.842Z' }), { time: T, level: 'error', id: 'c-1', hop: 'k3f9' }],
  'any other text': ['2026-11-23T21:18:42.842Z something about c-1', { time: T, service: 'file' }],
};

const EXCHANGES = ['nginx', 'haproxy', 'Caddy'];

/** Logs "logged" as a warning with the ID, and returns the line. */
type Logs = (sink: { write(line: string): void }) => void;
const pino = (name: string, options: object = {}): Logs => (sink) => (require(name) as typeof import('pino'))({ name: 'svc', ...options }, sink as never).warn({ correlation_id: 'c-1' }, 'logged');
const LOGGERS: Record<string, Logs> = {
  'pino 8': pino('pino8'),
  'pino 9': pino('pino9'),
  'pino 10': pino('pino'),
  'pino, ISO times and another messageKey': pino('pino', { timestamp: () => `,"time":"${new Date().toISOString()}"`, messageKey: 'message' }),
  'pino, ECS': pino('pino', ecsFormat()),
  'bunyan': (sink) => (require('bunyan') as { createLogger(options: object): { warn(fields: object, text: string): void } }).createLogger({ name: 'svc', streams: [{ stream: sink }] }).warn({ correlation_id: 'c-1' }, 'logged'),
  'winston': (sink) => {
    const { createLogger, format, transports } = require('winston') as typeof import('winston');
    const stream = new Writable({ write: (chunk, _, done) => (sink.write(String(chunk)), done()) });
    createLogger({ format: format.combine(format.timestamp(), format.json()), transports: [new transports.Stream({ stream })] }).warn('logged', { correlation_id: 'c-1' });
  },
};

describe('a line that was split', () => {
  const docker = (log: string, stream: string): string => JSON.stringify({ log, stream, time: '2026-11-23T21:18:42.842Z' });
  const cri = (text: string, stream: string, tag: string): string => `2026-11-23T21:18:42.842Z ${stream} ${tag} ${text}`;
  const [head, tail] = [LINE.slice(0, 40), LINE.slice(40)];
  const recordsOf = (...lines: string[]): string[] => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const records: string[] = [];
    for (let start = 0, end = 0; start < bytes.length; start = end + 1) records.push(bytes.toString('utf8', start, (end = endOfRecord(bytes, start))));
    return records;
  };

  for (const [what, lines] of Object.entries({
    docker: [docker(head, 'stdout'), docker(`${tail}\n`, 'stdout'), docker('Warning\n', 'stderr')],
    CRI: [cri(head, 'stdout', 'P'), cri(tail, 'stdout', 'F'), cri('Warning', 'stderr', 'F')],
  })) {
    it(`is joined by its stream: ${what}`, () => {
      const [whole, other] = recordsOf(...lines);
      expect(parseLine(whole ?? '', 'a.log')).to.have.nested.property('[0].id', 'c-1');
      expect(parseLine(other ?? '', 'a.log')).to.have.nested.property('[0].msg', 'Warning');
    });
    it(`is not glued to a line of the other stream: ${what}`, () => {
      const [first, second, third] = lines as [string, string, string];
      expect(recordsOf(first, third, second)).to.deep.equal([first, third, second]);
    });
  }
});

describe('a line as it is written by', () => {
  for (const [name, [line, { time, ...read }]] of Object.entries(WRITTEN)) {
    it(`${name} is read`, () => {
      const [entry] = parseLine(line, 'logs/file.log', { before: T + 60_000 }) as [Entry];
      expect(entry).to.deep.include(read);
      expect(entry.time).to.be.closeTo(time, 0.001); // a number of JSON holds a time in nanoseconds to some 250 of them
      if (EXCHANGES.includes(name)) expect(entry.exchange).to.include({ method: 'GET', url: '/orders/7', status: 503, ms: 12 });
      else expect(entry.raw).to.include('c-1');
    });
  }

  for (const [name, log] of Object.entries(LOGGERS)) {
    it(`the real ${name} is read`, () => {
      const lines: string[] = [];
      const before = Date.now();
      log({ write: (line) => void lines.push(line) });
      const [entry] = parseLine(lines.join(''), 'logs/file.log') as [Entry];
      expect(entry).to.include({ id: 'c-1', level: 'warn', msg: 'logged' });
      expect(entry.time).to.be.within(before, Date.now());
    });
  }

  for (const colorize of [false, true]) {
    it(`the real pino-pretty is shown, ${colorize ? 'with' : 'without'} colours`, () => {
      const pretty = (require('pino-pretty') as typeof import('pino-pretty')).prettyFactory({ colorize, translateTime: 'UTC:yyyy-mm-dd HH:MM:ss.l o' });
      const [entry] = parseLine(pretty(LINE), 'logs/file.log') as [Entry];
      expect(entry).to.include({ time: T, level: 'error' });
      expect(`${entry.msg} ${entry.id}`).to.include('hi').and.include('c-1');
    });

    for (const singleLine of [false, true]) {
      it(`the real pino-pretty is read with the ID before the message, ${colorize ? 'with' : 'without'} colours, on ${singleLine ? 'one line' : 'lines'}`, () => {
        const pretty = (require('pino-pretty') as typeof import('pino-pretty')).prettyFactory({ colorize, singleLine, ignore: 'pid,hostname,correlation_id', messageFormat: '{correlation_id} {msg}' });
        const fields = { level: 30, time: T, name: 'svc', correlation_id: 'c-1', hop: 'k3f9.1-8ab', req: { method: 'GET', url: '/' }, res: { statusCode: 200 }, responseTime: 3, start: T - 3 };
        const [entry] = parseLine(pretty(JSON.stringify({ ...fields, msg: 'request completed' })), 'logs/file.log') as [Entry];
        expect(entry).to.include({ id: 'c-1', hop: 'k3f9.1-8ab', msg: 'request completed', service: 'svc' });
        expect(entry.exchange).to.include({ method: 'GET', status: 200, ms: 3 });
        const [outside] = parseLine(pretty(JSON.stringify({ level: 30, time: T, name: 'svc', correlation_id: 'Internal', msg: 'listening' })), 'logs/file.log') as [Entry];
        expect(outside).to.include({ msg: 'Internal listening' }).and.not.have.property('id');
      });
    }
  }
});

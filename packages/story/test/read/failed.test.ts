import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { listRequests, openSources } from '../../src/read';
import { parseLine } from '../../src/read/formats/line';
import { summariesOf } from '../../src/read/summaries';
import type { ListQuery } from '../../src/read/options';
import { tell } from '../../src/tell/tell';

const TIME = 1_795_468_722_000;
const ISO = '2026-11-23T19:18:42.000Z';
const pino = (fields: object): string => JSON.stringify({ level: 30, time: TIME, correlation_id: 'x', ...fields });
const served = (fields: object): string => pino({ req: { method: 'GET', url: '/' }, responseTime: 3, msg: 'request completed', ...fields });
const docker = (log: string): string => JSON.stringify({ log: `${log}\n`, stream: 'stdout', time: ISO });
const winston = (level: string): string => JSON.stringify({ correlation_id: 'x', level, message: 'bad', timestamp: ISO });

/** Lines of a request that failed, in formats that say which field is the ID. */
const FAILED: Record<string, string> = {
  'a 503': served({ res: { statusCode: 503 } }),
  'a 503 as text': served({ res: { statusCode: '503' } }),
  'a 503 in a flat field': pino({ 'http.request.method': 'GET', 'url.path': '/', 'http.response.status_code': 503, msg: 'done' }),
  'a 503 in a field of ECS': JSON.stringify({ '@timestamp': ISO, correlation_id: 'x', http: { request: { method: 'GET' }, response: { status_code: 503 } }, url: { path: '/' }, event: { duration: 3e6 } }),
  'a 503, wrapped by docker': docker(served({ res: { statusCode: 503 } })),
  'a 503, wrapped by CRI': `${ISO} stdout F ${served({ res: { statusCode: 503 } })}`,
  'a 502 of nginx': JSON.stringify({ time: '2026-11-23T19:18:42+00:00', correlation_id: 'x', method: 'GET', uri: '/', status: 502, request_time: 0.003 }),
  'a 499 of nginx': JSON.stringify({ time: '2026-11-23T19:18:42+00:00', correlation_id: 'x', method: 'GET', uri: '/', status: 499, request_time: 0.003 }),
  'a status of gRPC': served({ res: { statusCode: 200, grpcStatus: 14 } }),
  'an aborted request': served({ level: 40, msg: 'request aborted' }),
  'an aborted request with a status': served({ level: 40, res: { statusCode: 200 }, msg: 'request aborted' }),
  'an aborted request, wrapped by docker': docker(served({ level: 40, msg: 'request aborted' })),
  'pino at error': pino({ level: 50, msg: 'bad' }),
  'pino at fatal': pino({ level: 60, msg: 'bad' }),
  'pino at a level of its own': pino({ level: 55, msg: 'bad' }),
  'pino at a high level': pino({ level: 70, msg: 'bad' }),
  'pino at a very high level': pino({ level: 100, msg: 'bad' }),
  'pino, wrapped by docker': docker(pino({ level: 50, msg: 'bad' })),
  'pino, wrapped by docker compose': `web-1  | ${pino({ level: 50, msg: 'bad' })}`,
  'winston': winston('error'),
  'winston at err': winston('err'),
  'winston at SEVERE': winston('SEVERE'),
  'winston at emerg': winston('emerg'),
  'winston in colour': winston('\u001b[31merror\u001b[39m'),
  'logfmt': `time=${ISO} level=error correlation_id=x msg=bad`,
  'logfmt with a 503': `time=${ISO} level=info correlation_id=x method=GET path=/ status=503 msg=bad`,
  'pino-pretty': '[2026-11-23 19:18:42.000 +0000] ERROR (123): bad\n    correlation_id: "x"',
  'journald, with a message as bytes': JSON.stringify({ __REALTIME_TIMESTAMP: String(TIME * 1000), _HOSTNAME: 'h', MESSAGE: [...Buffer.from(pino({ level: 50, msg: 'bad' }))] }),
  'journald': JSON.stringify({ __REALTIME_TIMESTAMP: String(TIME * 1000), _HOSTNAME: 'h', PRIORITY: '3', MESSAGE: JSON.stringify({ correlation_id: 'x', msg: 'bad' }) }),
};
/** Lines that say how long a request took. */
const TIMED: Record<string, string> = {
  'pino': served({ responseTime: 3000 }),
  'pino with milliseconds of another name': pino({ req: { method: 'GET', url: '/' }, res: { statusCode: 200 }, duration_ms: 3000, msg: 'done' }),
  'pino with a duration as text': pino({ method: 'GET', url: '/', status: 200, latency: '3s', msg: 'done' }),
  'pino, wrapped by docker': docker(served({ responseTime: 3000 })),
  'pino-pretty': '[2026-11-23 19:18:42.000 +0000] INFO (1): request completed\n    correlation_id: "x"\n    req: {\n      "method": "GET",\n      "url": "/"\n    }\n    res: {\n      "statusCode": 200\n    }\n    responseTime: 3000',
  'logfmt': `time=${ISO} level=info correlation_id=x method=GET path=/ status=200 duration=3s msg=done`,
  'journald, with a message as bytes': JSON.stringify({ __REALTIME_TIMESTAMP: String(TIME * 1000), _HOSTNAME: 'h', MESSAGE: [...Buffer.from(served({ responseTime: 3000 }))] }),
  'nginx': JSON.stringify({ time: '2026-11-23T19:18:42+00:00', correlation_id: 'x', method: 'GET', uri: '/', status: 200, request_time: 3 }),
};
/** The same for a request that did not fail. */
const FINE: Record<string, string> = {
  'a 200': served({ res: { statusCode: 200 } }),
  'a 404': served({ res: { statusCode: 404 } }),
  'a warning': pino({ level: 40, msg: 'slow' }),
  'a word about another one that was aborted': served({ res: { statusCode: 200 }, msg: 'retry: upstream request aborted, trying again' }),
  'a number of errors': pino({ errors: 500, msg: 'no error here' }),
  'a call that was cut off': pino({ level: 40, hop: 'k3f9', call: 'k3f9.1', req: { method: 'GET', host: 'b', url: '/' }, err: { type: 'Error', message: 'aborted' }, responseTime: 3, msg: 'call failed' }),
};

describe('the story of an aborted request', () => {
  const verdictOf = (fields: object): string[] => tell('x', parseLine(served({ level: 40, msg: 'request aborted', ...fields }), 'shop.log')).verdict;

  it('says that the client went away', () => expect(verdictOf({}).join(' ')).to.match(/^The client went away at \+3 ms\.$/));
  it('says why the service broke its answer off', () => {
    expect(verdictOf({ err: { type: 'Error', message: 'disk failed' } })).to.deep.equal(['failed first in shop, +3 ms: disk failed.', 'shop broke off its answer at +3 ms.']);
  });
});

describe('the story of a request whose last sign is a failed call', () => {
  const called = pino({ level: 40, time: TIME + 80, hop: 'k3f9', call: 'k3f9.1', req: { method: 'POST', host: 'payment:8080', url: '/charge' }, res: { statusCode: 503 }, start: TIME + 2, responseTime: 78, msg: 'call completed' });
  const of = (...lines: string[]): { status: string; verdict: string } => {
    const { status, verdict } = tell('x', [pino({ hop: 'k3f9', msg: 'checkout' }), called, ...lines].flatMap((line) => parseLine(line, 'shop.log')));
    return { status, verdict: verdict.join(' ') };
  };

  it('says that it has no end, and what failed', () => {
    const { status, verdict } = of();
    expect(status).to.equal('unfinished');
    expect(verdict).to.match(/^no end: /).and.include('payment failed at +80 ms (503); no line of shop follows.');
  });
  it('is ok if it was through, although the record has no status, as of a Lambda that returns a text', () => {
    expect(of(pino({ time: TIME + 81, hop: 'k3f9', req: { method: 'GET', url: '/' }, start: TIME, responseTime: 81, msg: 'request completed' })).status).to.equal('ok');
  });
  it('has gone on if a line follows soon', () => {
    expect(of(pino({ time: TIME + 81, hop: 'k3f9', msg: 'using the cache instead' })).verdict).to.include('shop went on without it.');
  });
  it('has gone on if a line follows, although no line says how it ended', () => {
    const { status, verdict } = of(pino({ time: TIME + 300, hop: 'k3f9', msg: 'ordered without it' }));
    expect(status).to.equal('unknown');
    expect(verdict).to.include('payment failed at +80 ms (503); shop went on without it.');
  });
});

describe('the story of two requests of a client under one ID', () => {
  it('mentions the one that failed before', () => {
    const lines = [served({ hop: 'k3f9', res: { statusCode: 500 }, start: TIME, responseTime: 100 }), served({ time: TIME + 3100, hop: 'm1a2', res: { statusCode: 200 }, start: TIME + 3000, responseTime: 100 })];
    expect(tell('x', lines.flatMap((line) => parseLine(line, 'shop.log'))).verdict.join(' ')).to.include('shop answered 500 to another request of the client, GET /, at +100 ms.');
  });
});

describe('a list of failed requests', () => {
  const found = async (line: string, query: ListQuery = { failed: true }): ReturnType<typeof listRequests> => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-failed-'));
    try {
      // Between lines of pino's, which are read in a cheaper way.
      writeFileSync(path.join(folder, 'a.log'), [pino({ correlation_id: 'other', msg: 'before' }), line, pino({ correlation_id: 'other', msg: 'behind' }), ''].join('\n'));
      const sources = openSources([folder]);
      const list = await listRequests(query, sources, { threads: 1 });
      sources.close();
      return list;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const listed = async (line: string, query?: ListQuery): Promise<string[]> => (await found(line, query)).requests.map(({ id }) => id);

  it('says if it is empty because no line that matches has a field with an ID', async () => {
    const without = JSON.stringify({ level: 50, time: TIME, traceId: 'x', msg: 'bad' });
    expect(await found(without)).to.deep.equal({ requests: [], notes: ['Lines that match have no field with an ID, so they belong to no request. --key NAME tells which field has it.'] });
    expect((await found(JSON.stringify({ level: 50, time: TIME, correlation_id: 'Internal', msg: 'bad' }))).notes).to.deep.equal([]);
  });

  it('names the service that wrote an error, although the clock of its caller is behind', () => {
    const entries = [
      pino({ name: 'orders', time: TIME, level: 40, hop: 'k3f9', call: 'k3f9.1', req: { method: 'POST', host: 'payment', url: '/charge' }, res: { statusCode: 503 }, start: TIME - 50, responseTime: 50, msg: 'call completed' }),
      pino({ name: 'payment', time: TIME + 1200, level: 50, hop: 'k3f9.1-abc', err: { type: 'Error', message: 'card network unavailable' }, msg: 'failed' }),
    ].flatMap((line) => parseLine(line, 'all.log'));
    expect(summariesOf({ failed: true }, entries)).to.have.nested.property('[0]').that.includes({ failedIn: 'payment', error: 'card network unavailable' });
    expect(summariesOf({ failed: true }, entries.slice(0, 1))[0]).to.include({ failedIn: 'orders' }).and.not.have.property('error');
  });

  for (const [what, line] of Object.entries(FAILED)) {
    it(`has what its story calls failed: ${what}`, async () => {
      expect(tell('x', parseLine(line, 'a.log')).status).to.equal('failed');
      expect(await listed(line)).to.deep.equal(['x']);
    });
  }
  for (const [what, line] of Object.entries(TIMED)) {
    it(`has, if it is of slow ones, what its story times: ${what}`, async () => {
      expect(tell('x', parseLine(line, 'a.log')).hops[0]?.ms).to.equal(3000);
      expect(await listed(line, { slowest: 5 })).to.deep.equal(['x']);
    });
  }
  for (const [what, line] of Object.entries(FINE)) {
    it(`does not have ${what}`, async () => expect(await listed(line)).to.deep.equal([]));
  }
});

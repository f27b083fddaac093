import { expect } from 'chai';
import { parseLine } from '../../src/read/formats/line';
import type { ParseOptions } from '../../src/read/options';

const BEFORE = Date.parse('2026-11-27T18:00:00Z');
const docker = (log: string): string => JSON.stringify({ log: `${log}\n`, stream: 'stdout', time: '2026-11-27T13:58:11.730123456Z' });
const cri = (text: string): string => `2026-11-27T13:58:11.730Z stdout F ${text}`;

/** Lines, with the time at which each was written. */
const WRITTEN: Record<string, [line: string, time: string | undefined, options?: ParseOptions]> = {
  'a date in a message, in CRI': [cri('[r-1] loaded invoices since 2025-01-01 00:00:00'), '2026-11-27T13:58:11.730Z'],
  'a date in a message, in docker': [docker('[r-1] token valid until 2027-01-05 00:00:00'), '2026-11-27T13:58:11.730Z'],
  'a date close to the start of a message, in docker': [docker('[r-1] due 2027-01-05 00:00:00'), '2026-11-27T13:58:11.730Z'],
  'a number in a message, in docker': [docker('[r-1] GET order 1234567890 for customer'), '2026-11-27T13:58:11.730Z'],
  'a date in a message, in syslog': ['Nov 27 13:58:11 vm auth[77]: r-1 certificate expires 2027-03-01T10:00:00Z', '2026-11-27T13:58:11Z'],
  'a number behind a time of day': ['13:58:11.730 INFO auth r-1 asked for order 1234567890', '2026-11-27T13:58:11.730Z'],
  'a date behind a time of day': ['13:58:11.730 INFO auth r-1 expires 2027-03-01T10:00:00Z', '2026-11-27T13:58:11.730Z'],
  'a date behind that of syslog, without its host': ['Nov 27 13:58:11 r-1 expires 2027-03-01T10:00:00Z', '2026-11-27T13:58:11Z'],
  'a field that is a time, in pino-pretty without a level': ['[13:58:12.095] request completed\n    start: 1795787891386.613', '2026-11-27T13:58:12.095Z'],
  'only a date that its message speaks of': ['r-1 loaded invoices since 2025-01-01 00:00:00', undefined],
  'only a number': ['r-1 order 1234567890', undefined],
  'an epoch at its start': ['1795787891.730 r-1 done', '2026-11-27T13:58:11.730Z'],
  'an epoch in JSON that was cut off': ['{"level":30,"time":1795787891730,"correlation_id":"r-1","ms', '2026-11-27T13:58:11.730Z'],
  'a time behind level and thread': ['INFO  [main-1] 2026-11-27 13:58:11,730 r-1 done', '2026-11-27T13:58:11.730Z'],
  'an own time with a zone in docker': [docker('2026-11-27T15:58:11.729+02:00 r-1 done'), '2026-11-27T13:58:11.729Z'],
  'an own time without a zone in docker': [docker('[14:58:11.729] r-1 done'), '2026-11-27T13:58:11.730Z'],
  'an own JSON time without a zone in docker': [docker('{"asctime":"2026-11-27 14:58:11,729","correlation_id":"r-1"}'), '2026-11-27T13:58:11.730Z'],
  'a more exact time in syslog': ['Nov 27 13:58:11 vm auth[77]: 2026-11-27 13:58:11.729 r-1 done', '2026-11-27T13:58:11.729Z'],
  'a more exact time of day in syslog, days before the file ends': ['Nov 20 13:58:11 vm auth[77]: 13:58:11.729 r-1 done', '2026-11-20T13:58:11.729Z'],
  'a time of day just before midnight, collected after it': ['Nov 20 00:00:00 vm auth[77]: 23:59:59.999 r-1 done', '2026-11-19T23:59:59.999Z'],
  'an access log in docker': [docker('10.0.0.1 - - [27/Nov/2026:14:58:10 +0100] "GET / HTTP/1.1" 200 12 "-" "curl" r-1'), '2026-11-27T13:58:10Z'],
  'a local time in a zone': ['2026-11-27 14:58:11.730 r-1 done', '2026-11-27T13:58:11.730Z', { zone: 'Europe/Berlin' }],
  'a local time in summer': ['2026-07-27 15:58:11.730 r-1 done', '2026-07-27T13:58:11.730Z', { zone: 'Europe/Berlin' }],
  'the hour after the clocks changed': ['2026-03-29 03:30:00 r-1 done', '2026-03-29T01:30:00Z', { zone: 'Europe/Berlin' }],
  'a local time by an offset': ['2026-11-27 10:28:11 r-1', '2026-11-27T13:58:11Z', { zone: '-03:30' }],
  'a time of day in a zone, on the day before in UTC': ['00:30:00 r-1 done', '2026-11-26T23:30:00Z', { zone: 'Europe/Berlin' }],
  'a syslog time in a zone': ['Nov 27 14:58:11 vm auth[77]: r-1 done', '2026-11-27T13:58:11Z', { zone: 'Europe/Berlin' }],
  'a time with a zone, whatever the option': ['2026-11-27T13:58:11.730Z r-1 done', '2026-11-27T13:58:11.730Z', { zone: 'Europe/Berlin' }],
  'a local time in docker in a known zone': [docker('2026-11-27 14:58:11.729 r-1 done'), '2026-11-27T13:58:11.729Z', { zone: 'Europe/Berlin' }],
};

describe('the time of a line that has', () => {
  for (const [what, [line, time, options]] of Object.entries(WRITTEN)) {
    it(what, () => {
      const [entry] = parseLine(line, 'a.log', { before: BEFORE, ...options });
      const read = entry?.time;
      expect(read === undefined ? undefined : new Date(read).toISOString()).to.equal(time === undefined ? undefined : new Date(time).toISOString());
    });
  }
});

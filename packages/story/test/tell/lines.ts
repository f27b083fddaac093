import type { Story } from '../../src/model';
import { parseLine } from '../../src/read/formats/line';
import { isOf, placed } from '../../src/read/one';
import { tell } from '../../src/tell/tell';

export const T0 = Date.parse('2026-11-25T03:00:00Z');

type Fields = Record<string, unknown>;

/** A line of a service at a time, as pino writes it; `x` is the request. */
export const lineOf = (name: string, at: number, fields: Fields): Fields => ({ level: 30, time: T0 + at, correlation_id: 'x', pid: 1, hostname: 'h', name, ...fields });

/** @corr's records of a request and of a call; without a status, of an abort and of a failed call. */
export const request = (name: string, hop: string, [from, to]: [number, number], url: string, status?: number, more: Fields = {}): Fields =>
  lineOf(name, to, { hop, req: { method: 'POST', url }, ...(status !== undefined && { res: { statusCode: status } }), start: T0 + from, responseTime: to - from, msg: status === undefined ? 'request aborted' : 'request completed', ...more });
export const call = (name: string, number: string, [from, to]: [number, number], host: string, url: string, status?: number, more: Fields = {}): Fields =>
  lineOf(name, to, { hop: number.slice(0, number.lastIndexOf('.')), call: number, req: { method: 'POST', host, url }, ...(status !== undefined && { res: { statusCode: status } }), start: T0 + from, responseTime: to - from, msg: status === undefined ? 'call failed' : 'call completed', ...(status === undefined && { err: { type: 'Error', message: 'socket hang up', code: 'ECONNRESET' } }), ...more });

/** The story of these lines; a text is a line that is not JSON. */
export function storyOf(...lines: (Fields | string)[]): Story {
  const entries = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).flatMap((line) => parseLine(line, 'all.log'));
  return tell('x', entries.filter((entry) => isOf('x', entry)).map((entry) => placed(entry, 'x', entry.source)));
}

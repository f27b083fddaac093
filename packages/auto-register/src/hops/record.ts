import { quoted } from '@corr/log-bridge/internal';
import type { Answer } from './answer';

/** What is written about a request or a call that is through. Times are milliseconds with fractions; `start` counts from 1970. */
export interface HopRecord {
  /** The number of a call; a request has none. */
  call?: string;
  req: { method: string; host?: string | undefined; url: string };
  res: Answer | undefined;
  err: object | undefined;
  start: number;
  firstByte?: number | undefined;
  responseTime: number;
}

export const KEYS = ['call', 'req', 'res', 'err', 'start', 'firstByte', 'responseTime'] as const satisfies readonly (keyof HopRecord)[];

/**
 * The members of a record as JSON, with a comma before each. Two of three lines of a service can be records, so this is written for speed:
 * `JSON.stringify` takes twice as long on Node 20 and 24, and V8 adds texts faster than it fills templates.
 */
export function membersOf({ call, req, res, err, start, firstByte, responseTime }: HopRecord): string {
  let members = call === undefined ? ',"req":{"method":' : ',"call":"' + call + '","req":{"method":';
  members += ofMethod(req.method) + (req.host === undefined ? ',"url":' : ',"host":' + ofHost(req.host) + ',"url":') + quoted(req.url);
  members += res === undefined ? '}' : answerOf(res);
  if (err !== undefined) members += ',"err":' + JSON.stringify(err);
  members += ',"start":' + epoch(start);
  if (firstByte !== undefined) members += ',"firstByte":' + fraction(firstByte);
  return members + ',"responseTime":' + fraction(responseTime);
}

/** Texts of numbers below 1000, made when they are first needed. V8 has a table of such texts too, and takes longer to look there. */
const [plain, padded, answers] = [0, 0, 0].map(() => new Array<string | undefined>(1000)) as [Texts, Texts, Texts];
type Texts = (string | undefined)[];

function answerOf(answer: Answer): string {
  const { grpcStatus, statusCode } = answer;
  if (grpcStatus !== undefined || !Number.isInteger(statusCode) || statusCode < 0 || statusCode > 999) return '},"res":' + JSON.stringify(answer);
  return (answers[statusCode] ??= `},"res":{"statusCode":${statusCode}}`);
}

const ofMethod = remembering();
const ofHost = remembering();

/** `quoted` for a text that is mostly the same as the one before. */
function remembering(): (text: string) => string {
  let last: string | undefined;
  let json = '';
  return (text) => {
    if (text !== last) json = quoted((last = text));
    return json;
  };
}

/** Microseconds as digits. V8 takes long to find the shortest text of a number with a fraction. */
function fraction(ms: number): string {
  const us = Math.round(ms * 1000);
  const whole = Math.trunc(us / 1000);
  if (!(us >= 0)) return String(ms);
  return (whole < 1000 ? (plain[whole] ??= String(whole)) : String(whole)) + '.' + threeDigits(us - whole * 1000);
}

let second = -1;
let textOfSecond = '';

/** The same for a time since 1970, whose seconds are those of many records. */
function epoch(ms: number): string {
  const whole = Math.floor(ms / 1000);
  const us = Math.round((ms - whole * 1000) * 1000);
  if (whole < 1 || us >= 1e6) return String(ms); // 1970, or rounded up to a whole second
  if (whole !== second) {
    second = whole;
    textOfSecond = String(whole);
  }
  const inSecond = Math.trunc(us / 1000);
  return textOfSecond + threeDigits(inSecond) + '.' + threeDigits(us - inSecond * 1000);
}

function threeDigits(number: number): string {
  return (padded[number] ??= String(number).padStart(3, '0'));
}

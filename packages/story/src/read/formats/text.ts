import type { Entry } from '../../model';
import type { ParseOptions } from '../options';
import { splitUrl, statusesIn } from './exchange';
import { isObject, jsonOf, parsed } from './fields';
import type { Json } from './fields';
import { idOf } from './id';
import { levelIn, wrappedLevel } from './level';
import type { Wrapping } from './service';
import { timeAtStart, timeIn, timeOf, timeWithin } from './time';

 
const COLOURS = /\x1b\[[\d;]*m/g;
const CLF = /"([A-Z]{3,10}) (\S+)(?: HTTP\/[\d.]+)?" (\d{3}) (?:\d+|-)(.*)$/s;
const TOOK = /\b(?:rt|request_time|rtime|duration)[=:]\s?"?(\d+\.\d+)\b/;
const TRIED = /\b(?:us|ups|upstream_status)[=:]\s?"?(\d{3}(?:, \d{3})+)/;
/** What @corr puts before the message of the console and of consola: `[checkout-1 hop=k3f9.1-8ab]`. */
const LABEL = /(?<!\S)\[(\S{1,256}) hop=([0-9a-z][0-9a-z.-]{0,159})(?: [\w.-]+=[^\s\]]*)*\] /;
/** The first line of a pino-pretty record, with time and level in either order. */
const PRETTY = /^(?:\[([^\]]{1,40})\] )?([A-Z][A-Z0-9]{2,14})(?: \[([^\]]{1,40})\])? ?(?:\(([^)]*?)(?: on ([^)]*))?\))?: ?(.*)$/;
/** What wrote it, of which pino-pretty can leave out any part: `shop/42`, `42`, `shop`. */
const WRITER = /^(?:(?:(.+)\/)?(\d+)|(.+))$/;
const PRETTY_FIELD = /^ {4}([^\s:][^:]{0,200}): (.*)$/;

/** Converts a line that is not JSON to an entry. */
export function textEntry(raw: string, source: Entry['source'], service: string, wrapping: Wrapping, options: ParseOptions): Entry {
  const text = raw.replace(COLOURS, '');
  const head = text.slice(0, 300);
  const access = CLF.exec(text);
  const wrapped = timeOf(wrapping.time, options);
  // In a wrapper, a text need not have a time: one behind its start is rather a part of the message.
  const time = timeWithin(wrapped, (where) => (wrapped === undefined || access !== null ? timeIn(head, where) : timeAtStart(head, where)), options);
  const level = levelIn(head) ?? wrappedLevel(wrapping.level);
  const entry: Entry = { time: time?.ms, resolution: time?.resolution ?? 0, service: wrapping.service ?? service, msg: text, raw, source };
  if (wrapping.host !== undefined) entry.host = wrapping.host;
  if (wrapping.pid !== undefined) entry.pid = wrapping.pid;
  if (level !== undefined) entry.level = level;
  const [label, id, hop] = LABEL.exec(head) ?? [];
  if (label !== undefined) Object.assign(entry, { id, hop, msg: text.replace(label, '') });

  const [, method, target, status, rest = ''] = access ?? [];
  if (method === undefined) return entry;
  const took = TOOK.exec(rest)?.[1];
  const ms = took === undefined ? undefined : Number(took) * 1000;
  const statuses = statusesIn(TRIED.exec(rest)?.[1] ?? '');
  const { url } = splitUrl(target);
  entry.exchange = {
    method,
    status: Number(status),
    ...(url === undefined ? {} : { url }),
    ...(statuses.length > 1 ? { statuses } : {}),
    ...(ms === undefined ? {} : { ms }),
    ...(ms === undefined || time === undefined ? {} : { start: time.ms - ms }),
  };
  return entry;
}

/** Restores the record from pino-pretty's text; `undefined` for other text. */
export function prettyRecord(raw: string, options: ParseOptions): Json | undefined {
  const { hopKey = 'hop' } = options;
  const [first = '', ...lines] = raw.replace(COLOURS, '').split('\n');
  const [, before, level, behind, writer = '', hostname, said] = PRETTY.exec(first) ?? [];
  const [, of, pid, name = of] = WRITER.exec(writer) ?? [];
  const time = before ?? behind;
  if (level === undefined || said === undefined || time === undefined) return undefined;
  // `singleLine` puts the fields after the message.
  const [, msg = said, inline] = /^(.*?) ?(\{".*\})$/.exec(said) ?? [];
  const fields: [string, unknown][] = [];
  for (let i = 0; i < lines.length; i++) {
    const [, key, value = ''] = PRETTY_FIELD.exec(lines[i] as string) ?? [];
    if (key === undefined) continue;
    let end = i + 1;
    while (end < lines.length && !PRETTY_FIELD.test(lines[end] as string)) end++;
    fields.push([key, prettyValue([value, ...lines.slice(i + 1, end)].join('\n'))]);
    i = end - 1;
  }
  const shown = inline === undefined ? undefined : parsed(inline);
  const record = jsonOf([
    ['level', level],
    ['time', time],
    ...(name === undefined ? [] : [['name', name] as const]),
    ...(pid === undefined ? [] : [['pid', Number(pid)] as const]),
    ...(hostname === undefined ? [] : [['hostname', hostname] as const]),
    ...(isObject(shown) ? Object.entries(shown) : []),
    ...fields,
    ...(msg === '' ? [] : [['msg', msg] as const]),
  ]);
  return hopKey in record && idOf(record, options) === undefined ? withIdOfMessage(record, msg) : record;
}

/** Only lines of a request have a hop. If such a line has no ID, `messageFormat` put it before the message, as docs/loggers.md shows. */
function withIdOfMessage(record: Json, text: string): Json {
  const [, id, msg = ''] = /^(\S{1,256})(?: ([^]*))?$/.exec(text) ?? [];
  return id === undefined ? record : { ...record, correlation_id: id, msg };
}

/** A JSON value, or an error, whose stack pino-pretty prints over several lines. */
function prettyValue(text: string): unknown {
  const value = parsed(text);
  if (value !== undefined) return value;
  const [, stack] = /"stack":\n([^]*?)(?:\n {6}"|\n {4}\}|$)/.exec(text) ?? [];
  if (stack === undefined) return text;
  const of = (name: string): unknown => parsed(new RegExp(`^ {6}"${name}": (".*?"),?$`, 'm').exec(text)?.[1] ?? '');
  return jsonOf([...['type', 'message', 'code'].flatMap((name) => (of(name) === undefined ? [] : [[name, of(name)] as const])), ['stack', stack.replace(/^ {10}/gm, '')]]);
}

/** Parses logfmt, such as `level=info msg="order opened" order=7`, if it has a message or a level. */
export function logfmtRecord(text: string): Json | undefined {
  if (text.length > 65_536 || !/(?:^|\s)(?:msg|message|level)=/.test(text) || !/^[\w.@-]+=/.test(text)) return undefined;
  const pairs = [...text.matchAll(/([\w.@-]{1,100})=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)];
  return jsonOf(pairs.map(([, key = '', quoted, bare]) => [key, quoted === undefined ? bare : (parsed(`"${quoted}"`) ?? quoted)] as const));
}

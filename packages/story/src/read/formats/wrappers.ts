import type { ParseOptions } from '../options';
import { unwrapExport, wrappingOf } from './exports';
import { field, isObject, jsonOf, parsed, textOf } from './fields';
import type { Json } from './fields';
import { containerService } from './service';
import type { Wrapping } from './service';

/** The content of a wrapper, and what the wrapper says about it. */
export interface Unwrapped {
  text: string;
  wrapping: Wrapping;
}

const STAMP = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`;
/** The format of CRI's files. P marks a part of a line, F the last part. */
const CRI = new RegExp(String.raw`^(${STAMP}) (?:stdout|stderr) ([PF])(?::\S*)? ?`);
const COMPOSE = new RegExp(String.raw`^([\w][\w.-]{0,100}?)\s+\| ?(?:(${STAMP}) )?`);
const KUBECTL = new RegExp(String.raw`^\[pod/([^/\]\s]{1,253})/([^/\]\s]{1,253})\] (?:(${STAMP}) )?`);
/** logcli's output: a time and the labels of Loki. */
const LOGCLI = new RegExp(String.raw`^(${STAMP}) (\{(?:[A-Za-z_]\w{0,99}="(?:[^"\\]|\\.)*"(?:, ?)?)*\}) ?`);
const STAMPED = new RegExp(String.raw`^(${STAMP}) (?=\{)`);
const SYSLOG = /^(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?) (\S{1,255}) ([^\s:[\]]{1,100})(?:\[(\d{1,10})\])?: /;
const SYSLOG_5424 = new RegExp(String.raw`^<\d{1,3}>1 (${STAMP}) (\S{1,255}) (\S{1,100}) (\S{1,100}) \S+ (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+) ?`);
const PREFIXED = /^[^{}"\n]{1,200}?(?=\{")/;

/** Removes the prefix that docker compose, kubectl, CRI, syslog or another tool puts before a text line. */
export function unwrapText(text: string): Unwrapped | undefined {
  const cri = CRI.exec(text);
  if (cri !== null) {
    const parts = text.split('\n').map((line) => line.replace(CRI, ''));
    return { text: parts.join(cri[2] === 'P' ? '' : '\n'), wrapping: { time: cri[1] as string } };
  }
  const kubectl = KUBECTL.exec(text);
  if (kubectl !== null) {
    const [all, pod = '', container = '', time] = kubectl;
    return { text: text.slice(all.length), wrapping: { host: pod, service: container, ...(time === undefined ? {} : { time }) } };
  }
  const compose = COMPOSE.exec(text);
  if (compose !== null) {
    const [all, name = '', time] = compose;
    // Every line of a record has the prefix, including those of a stack.
    const lines = text.split('\n').map((line) => (line.startsWith(all.slice(0, all.indexOf('|') + 1)) ? line.replace(COMPOSE, '') : line));
    return { text: lines.join('\n'), wrapping: { service: containerService(name), ...(time === undefined ? {} : { time }) } };
  }
  const rfc5424 = SYSLOG_5424.exec(text);
  const syslog = rfc5424 ?? SYSLOG.exec(text);
  if (syslog !== null) {
    const [all, time = '', host = '', service = '', pid] = syslog;
    const number = Number(pid);
    return { text: text.slice(all.length).replace(/^\ufeff/, ''), wrapping: { time, host, service, ...(number > 0 ? { pid: number } : {}) } };
  }
  const logcli = LOGCLI.exec(text);
  if (logcli !== null) {
    const [all, time, labels = ''] = logcli;
    const named = jsonOf([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value]) => [name, value] as const));
    return { text: text.slice(all.length), wrapping: wrappingOf({ timestamp: time }, named) };
  }
  const [stamped, time] = STAMPED.exec(text) ?? [];
  if (stamped !== undefined) return { text: text.slice(stamped.length), wrapping: { time: time as string } };
  const prefix = text.trimEnd().endsWith('}') ? PREFIXED.exec(text)?.[0] : undefined;
  if (prefix === undefined || !isObject(parsed(text.slice(prefix.length)))) return undefined;
  // pm2 writes `0|orders | `, Heroku `… app[web.1]: `; only a time in the prefix matters.
  return { text: text.slice(prefix.length), wrapping: { time: prefix.trim().replace(/^\[|\]$/g, '').slice(0, 64) } };
}

/**
 * Unwraps a line from the record that docker, journald or a shipper put it in. Returns `undefined` if the record is the line
 * itself.
 */
export function unwrapRecord(record: Json, options: ParseOptions): Unwrapped | undefined {
  const message = record['MESSAGE'];
  if (message !== undefined && (record['__REALTIME_TIMESTAMP'] !== undefined || record['_HOSTNAME'] !== undefined)) return ofJournal(record, message);
  const log = record['log'];
  if (typeof log !== 'string' || (record['stream'] === undefined && record['kubernetes'] === undefined)) return unwrapExport(record, options);
  const attrs = isObject(record['attrs']) ? record['attrs'] : {};
  const container =
    textOf(attrs, 'com.docker.compose.service', 'tag') ?? textOf(record, 'kubernetes.container_name', 'container_name') ?? undefined;
  const host = textOf(record, 'kubernetes.pod_name');
  const time = textOf(record, 'time', '@timestamp');
  return {
    text: log.replace(/\r?\n$/, ''),
    wrapping: {
      ...(container === undefined ? {} : { service: containerService(container) }),
      ...(host === undefined ? {} : { host }),
      ...(time === undefined ? {} : { time }),
    },
  };
}

function ofJournal(record: Json, message: unknown): Unwrapped {
  // journald writes a message that it considers binary as a list of bytes; a colour code is enough for that.
  const text = typeof message === 'string' ? message : Array.isArray(message) ? Buffer.from(message as number[]).toString('utf8') : '';
  const service = textOf(record, 'CONTAINER_NAME', 'SYSLOG_IDENTIFIER') ?? textOf(record, '_SYSTEMD_UNIT')?.replace(/\.service$/, '') ?? textOf(record, '_COMM');
  const host = textOf(record, '_HOSTNAME');
  const pid = Number(field(record, '_PID'));
  const time = textOf(record, '__REALTIME_TIMESTAMP', '_SOURCE_REALTIME_TIMESTAMP');
  const level = Number(field(record, 'PRIORITY') ?? NaN);
  return {
    text,
    wrapping: {
      ...(service === undefined ? {} : { service: containerService(service) }),
      ...(host === undefined ? {} : { host }),
      ...(pid > 0 ? { pid } : {}),
      ...(time === undefined ? {} : { time }),
      ...(Number.isNaN(level) ? {} : { level }),
    },
  };
}

/** Joins the records into which docker split one long line. */
export function joinDocker(lines: readonly Json[]): Json | undefined {
  const [first] = lines;
  if (first === undefined || lines.length < 2 || lines.some((line) => typeof line['log'] !== 'string')) return first;
  return { ...first, log: lines.map((line) => line['log']).join('') };
}

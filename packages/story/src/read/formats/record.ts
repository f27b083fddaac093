import type { Entry } from '../../model';
import type { ParseOptions } from '../options';
import { exchangeOf } from './exchange';
import { failureOf } from './failure';
import { firstOf, jsonOf, layersOf, numberOf, textOf } from './fields';
import type { Json } from './fields';
import { NAMED, idOf } from './id';
import { levelOf, wrappedLevel } from './level';
import type { Wrapping } from './service';
import { timeOf, timeWithin } from './time';
import type { Time } from './time';

const TIMES = ['time', '@timestamp', 'timestamp', 'ts', 'Time', 'datetime', 'date', 'asctime', 't', 'eventTime'];
const LEVELS = ['level', 'log.level', 'severity', 'levelname', 'lvl', 'loglevel', 'severityText'];
const MESSAGES = ['msg', 'message', 'MESSAGE', 'short_message', 'event', 'text', 'log', 'body'];
const SERVICES = ['service.name', 'service', 'name', 'app', 'serviceName', 'container_name', 'container.name', 'kubernetes.container_name', 'kubernetes.container.name'];
const HOSTS = ['hostname', 'host.name', 'host.hostname', 'host', '_HOSTNAME', 'k8s.pod.name', 'kubernetes.pod_name', 'kubernetes.pod.name'];
const PIDS = ['pid', 'process.pid', '_PID', 'process'];
const HOP = /^[^\s"]{1,128}$/;

/** Converts a JSON line, from any logger or proxy, to an entry. */
export function entryOf(record: Json, raw: string, source: Entry['source'], service: string, wrapping: Wrapping, options: ParseOptions): Entry {
  const time = timeWithin(timeOf(wrapping.time, options), (where) => timeOf(firstOf(record, TIMES), where), options);
  const msg = messageOf(record);
  const entry: Entry = {
    time: time?.ms,
    resolution: time?.resolution ?? 0,
    service: textOf(record, ...SERVICES) ?? wrapping.service ?? service,
    msg,
    raw,
    record,
    source,
  };
  const host = textOf(record, ...HOSTS) ?? wrapping.host;
  if (host !== undefined) entry.host = host;
  const pid = numberOf(record, ...PIDS) ?? wrapping.pid;
  if (pid !== undefined) entry.pid = pid;
  const level = levelOf(firstOf(record, LEVELS)) ?? wrappedLevel(wrapping.level);
  if (level !== undefined) entry.level = level;
  const id = idOf(record, options);
  if (id !== undefined) entry.id = id;
  addWhatHappened(entry, record, time, options);
  if (entry.msg === '' && entry.error !== undefined) entry.msg = entry.error.message;
  return entry;
}

/** Adds hop, call, exchange and error, which pino's `nestedKey` moves one level down. */
function addWhatHappened(entry: Entry, record: Json, time: Time | undefined, { hopKey = 'hop' }: ParseOptions): void {
  let call: string | undefined;
  const [, ...nested] = layersOf(record, NAMED);
  for (const layer of [record, ...nested]) {
    const hop = entry.hop ?? numbered(textOf(layer, hopKey, 'correlation.hop'));
    if (hop !== undefined) entry.hop = hop;
    call ??= numbered(textOf(layer, 'call', 'correlation.call'));
  }
  // An application may log its own `call`; a call's record also names the hop that made it.
  const isCall = call !== undefined && entry.hop !== undefined;
  for (const view of [record, ...nested.map(structural)]) {
    const exchange = exchangeOf(view, entry.msg, time, isCall);
    if (exchange !== undefined) entry.exchange ??= exchange;
    const error = failureOf(view);
    if (error !== undefined) entry.error ??= error;
  }
  if (call !== undefined && isCall && entry.exchange !== undefined) entry.call = call;
}

/** From a nested object, take only fields with distinctive names: an order also has a `status` and an `error`. */
function structural(layer: Json): Json {
  return jsonOf(Object.entries(layer).filter(([name]) => /^(?:req|res|err|start|responseTime|firstByte)$/.test(name)));
}

function numbered(value: string | undefined): string | undefined {
  return value !== undefined && HOP.test(value) ? value : undefined;
}

/** The message under one of its usual names, else the last text of the line: pino writes it last, whatever `messageKey` is. */
function messageOf(record: Json): string {
  const usual = firstOf(record, MESSAGES);
  if (typeof usual === 'string') return usual;
  if (typeof usual === 'number') return String(usual);
  const last = Object.values(record).at(-1);
  return typeof record['level'] === 'number' && typeof last === 'string' ? last : '';
}

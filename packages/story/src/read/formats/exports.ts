import type { ParseOptions } from '../options';
import { field, firstOf, isObject, parsed, textOf } from './fields';
import type { Json } from './fields';
import { ID_KEYS } from './id';
import type { Wrapping } from './service';
import type { Unwrapped } from './wrappers';

/*
 * What log stores put around a line when they export it or answer a search: Elasticsearch and Filebeat, Loki and Grafana,
 * CloudWatch, Google Cloud, Datadog.
 */

const SERVICES = [
  'service.name', 'service', 'service_name', 'app', 'app_kubernetes_io_name', 'container', 'container.name', 'container_name', 'kubernetes.container.name', 'kubernetes.container_name',
  'function_name', 'job',
];
const HOSTS = ['kubernetes.pod.name', 'pod', 'pod_name', 'host.name', 'host', 'instance_id'];
const TIMES = ['@timestamp', 'timestamp', 'date'];
/** A log stream of ECS: `prefix/container/task`. */
const ECS_STREAM = /^[^/[\]]+\/([\w.-]+)\/[\da-f]{4,}$/;

/** The lines in an answer that has several; `undefined` if it is a line itself. */
export function exportedLines(record: Json): Json[] | undefined {
  const list = field(record, 'hits.hits') ?? record['events'] ?? record['data'];
  if (!Array.isArray(list) || list.length === 0) return undefined;
  return list.every((each) => isObject(each) && (isObject(each['_source']) || isCloudWatch(each) || isDatadog(each))) ? (list as Json[]) : undefined;
}

/** Unwraps a line from the record in which a store keeps it; `undefined` if the record is the line itself. */
export function unwrapExport(record: Json, { key }: ParseOptions): Unwrapped | undefined {
  const inner = innerOf(record);
  // A line with an ID of its own is not a wrapper, although its message may be JSON.
  return inner === undefined || firstOf(record, key === undefined ? ID_KEYS : [key, ...ID_KEYS]) !== undefined ? undefined : inner;
}

function innerOf(record: Json): Unwrapped | undefined {
  const { _source: source, jsonPayload, textPayload, line, message, log } = record;
  if (isObject(source)) return { text: JSON.stringify(source), wrapping: {} };
  if (isDatadog(record)) return { text: JSON.stringify(record['content'] ?? record['attributes']), wrapping: {} };
  const payload = isObject(jsonPayload) ? JSON.stringify(jsonPayload) : textPayload;
  const labels = record['labels'] ?? record['fields'];
  if (typeof payload === 'string') return { text: payload, wrapping: { ...wrappingOf(record, field(record, 'resource.labels')), ...levelOf(record) } };
  if (typeof line === 'string' && isObject(labels) && record['timestamp'] !== undefined) return { text: line, wrapping: wrappingOf(record, labels) };
  if (typeof message === 'string' && isCloudWatch(record)) {
    const service = ECS_STREAM.exec(textOf(record, 'logStreamName') ?? '')?.[1];
    return { text: message, wrapping: { ...wrappingOf(record, {}), ...(service === undefined ? {} : { service }) } };
  }
  const inner = [message, log].find(isJsonText);
  return inner === undefined ? undefined : { text: inner, wrapping: { ...wrappingOf(record, record), ...levelOf(record) } };
}

/** The service and host that the labels of Loki name. */
export function wrappingOf(record: Json, labels: unknown): Wrapping {
  const named = isObject(labels) ? labels : {};
  const service = textOf(named, ...SERVICES);
  const host = textOf(named, ...HOSTS);
  const time = firstOf(record, TIMES);
  return {
    ...(service === undefined ? {} : { service }),
    ...(host === undefined ? {} : { host }),
    ...(typeof time === 'string' || typeof time === 'number' ? { time } : {}),
  };
}

function levelOf(record: Json): Wrapping {
  const level = firstOf(record, ['severity', 'level', 'log.level', 'status']);
  return typeof level === 'string' ? { level } : {};
}

function isCloudWatch(record: Json): boolean {
  return typeof record['message'] === 'string' && (record['logStreamName'] !== undefined || record['ingestionTime'] !== undefined);
}

/** Datadog's: in an export in `content`, in the API in `attributes`; both have the message and the attributes of the line. */
function isDatadog(record: Json): boolean {
  const inner = record['content'] ?? (record['type'] === 'log' ? record['attributes'] : undefined);
  return isObject(inner) && typeof inner['message'] === 'string' && inner['timestamp'] !== undefined;
}

function isJsonText(text: unknown): text is string {
  return typeof text === 'string' && /^\s*\{\s*"/.test(text) && /\}\s*$/.test(text.slice(-100)) && isObject(parsed(text));
}

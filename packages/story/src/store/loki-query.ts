import { GRPC_FAULTS } from '../answer';
import { wellFormed } from '../show/text';
import type { Wanted } from './store';
import { INTERNAL } from '../read/summaries';

export type Labels = Readonly<Record<string, string>>;

const FAILED = [
  String.raw`"(level|log\.level|severity|levelname)":\s*("(error|fatal|critical|ERROR|FATAL|CRITICAL)"|50|60)`,
  String.raw`"(statusCode|status|status_code)":\s*"?5\d\d`,
  String.raw`"grpcStatus":\s*"?(${GRPC_FAULTS.join('|')})\b`,
].join('|');
const TOOK = String.raw`"(responseTime|request_time)":`;
/** Labels that are not attributes of the line, by the names of Loki and the Collector. */
const OF_STREAM = /^(service_name|severity_text|severity_number|detected_level|level|observed_timestamp|flags|scope_name|scope_version|filename)$/;

/** The LogQL queries for a search: one in JSON lines, one in structured metadata, where the Collector stores attributes. */
export function queriesOf(selector: string, wanted: Wanted, key: string | undefined): string[] {
  const label = (key ?? 'correlation_id').replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
  if ('id' in wanted) return [`${selector} |= ${quoted(wanted.id)}`, `${selector} | ${label}=${quoted(wanted.id)}`];
  const real = `!= ${quoted(`"${INTERNAL}"`)}`;
  if ('text' in wanted) {
    const texts = [...new Set([wanted.text, JSON.stringify(wanted.text).slice(1, -1)])];
    return texts.map((text) => `${selector} |= ${quoted(text)} ${real}`);
  }
  if ('failed' in wanted) return [`${selector} |~ ${quoted(FAILED)} ${real}`, `${selector} | ${label}!="" | ${label}!=${quoted(INTERNAL)} | severity_text=~"(?i)error|fatal|critical"`];
  return [`${selector} |~ ${quoted(TOOK)} ${real}`, `${selector} | ${label}!="" | ${label}!=${quoted(INTERNAL)} | responseTime!=""`];
}

/** Quotes a string for LogQL. It uses Go's syntax, which includes all JSON escapes. */
export function quoted(text: string): string {
  return JSON.stringify(wellFormed(text));
}

/** Restores the log line from a row: a JSON line as it is; any other as JSON with the labels that are its attributes. */
export function lineOf(line: string, labels: Labels, at: bigint): string {
  if (line.startsWith('{') || labels['correlation_id'] === undefined) return line;
  const record: Record<string, unknown> = { time: String(at), level: labels['severity_text'] ?? labels['detected_level'] ?? labels['level'], 'service.name': labels['service_name'], message: line };
  for (const [name, value] of Object.entries(labels)) {
    if (OF_STREAM.test(name)) continue;
    // Loki writes `res.statusCode` with an underscore, and every value as text.
    const [, outer, inner] = /^(req|res|err|error|exception|host|process)_(.+)$/.exec(name) ?? [];
    record[outer === undefined ? name : `${outer}.${inner ?? ''}`] = /^-?\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  return JSON.stringify(record);
}

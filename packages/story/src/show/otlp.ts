import type { Call, Hop, Story, StoryLine } from '../model';
import { hasFailed } from '../tell/attempts';
import { leavesOf } from './fields';
import { nanoseconds, spanId, traceId } from './otlp-ids';
import { clip, wellFormed } from './text';
import { linesByHop } from './waterfall';

/** A value in OTLP's JSON encoding: 64-bit integers are strings. */
export type OtlpValue = { stringValue: string } | { intValue: string } | { doubleValue: number } | { boolValue: boolean };
export interface OtlpAttribute { key: string; value: OtlpValue }
export interface OtlpEvent { timeUnixNano: string; name: string; attributes: OtlpAttribute[] }
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer. */
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: OtlpAttribute[];
  events: OtlpEvent[];
  /** 2 for an error; absent on success, as OpenTelemetry's HTTP conventions require. */
  status: { code?: 2; message?: string };
}
/** An OTLP export request in JSON. */
export interface OtlpTraces {
  resourceSpans: { resource: { attributes: OtlpAttribute[] }; scopeSpans: { scope: { name: string }; spans: OtlpSpan[] }[] }[];
}

const LONGEST = 8000;

/**
 * Converts a story to OTLP: a server span for each hop, a client span for each call, lines as events, errors as status. The same
 * story always gets the same span IDs; an ID that is a trace ID is kept. Source:
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function toOtlp(story: Story): OtlpTraces {
  const trace = traceId(story.id);
  const lines = linesByHop(story);
  const fields = leavesOf(story);
  const hops = new Map(story.hops.map((hop) => [hop.hop, hop]));
  // Prepared at once, because a job can have made thousands of calls.
  const asked = new Map(story.hops.flatMap(({ hop, calls }) => calls.flatMap(({ answers }, call) => answers.map((answer) => [JSON.stringify([hop, answer]), call] as const))));
  const event = (index: number): OtlpEvent => eventOf(story.lines[index] as StoryLine, story.start, fields);
  const groups = new Map<string, { hop: Hop; spans: OtlpSpan[] }>();
  const loose = lines.get(undefined) ?? [];

  for (const hop of story.hops) {
    const key = JSON.stringify([hop.service, hop.host, hop.pid]);
    const group = groups.get(key) ?? { hop, spans: [] };
    groups.set(key, group);
    const caller = hop.parent === undefined ? undefined : hops.get(hop.parent);
    const parent = caller === undefined ? undefined : spanId(story.id, caller.hop, asked.get(JSON.stringify([caller.hop, hop.hop])));
    const own = spanOf(hop, trace, spanId(story.id, hop.hop), parent, 2);
    // The first hop also gets the lines that belong to no hop, so that nothing is lost.
    own.events = [...(lines.get(hop.hop) ?? []), ...(hop === story.hops[0] ? loose : [])].map(event);
    own.attributes.push(text('correlation.id', story.id), text('corr.hop', hop.hop), text('corr.edge', hop.edge));
    group.spans.push(own);
    for (const [index, each] of hop.calls.entries()) {
      const span = spanOf(each, trace, spanId(story.id, hop.hop, index), spanId(story.id, hop.hop), each.queued === true ? 4 : 3);
      span.attributes.push(text('correlation.id', story.id), ...(each.host === undefined ? [] : [text('server.address', each.host)]));
      group.spans.push(span);
    }
  }
  const resourceSpans = [...groups.values()].map(({ hop, spans }) => ({
    resource: { attributes: [text('service.name', hop.service), ...(hop.host === undefined ? [] : [text('host.name', hop.host)]), ...(hop.pid === undefined ? [] : [integer('process.pid', hop.pid)])] },
    scopeSpans: [{ scope: { name: '@corr/story' }, spans }],
  }));
  return { resourceSpans: story.hops.length > 0 || loose.length === 0 ? resourceSpans : [lonely(story, trace, loose.map(event))] };
}

/** Lines without any hop: one span over all of them. */
function lonely(story: Story, trace: string, events: OtlpEvent[]): OtlpTraces['resourceSpans'][number] {
  const span: OtlpSpan = {
    traceId: trace, spanId: spanId(story.id, ''), name: said(story.id, 200), kind: 1,
    startTimeUnixNano: nanoseconds(story.start), endTimeUnixNano: nanoseconds(story.end),
    attributes: [text('correlation.id', story.id)], events, status: story.status === 'failed' ? { code: 2 } : {},
  };
  return { resource: { attributes: [text('service.name', story.lines[0]?.service ?? 'unknown')] }, scopeSpans: [{ scope: { name: '@corr/story' }, spans: [span] }] };
}

function spanOf(of: Hop | Call, traceId: string, spanId: string, parentSpanId: string | undefined, kind: number): OtlpSpan {
  const name = [of.method, of.url].filter((each) => each !== undefined).join(' ');
  const failed = 'failed' in of ? of.failed : hasFailed(of);
  return {
    traceId, spanId, ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: said(name === '' ? ('service' in of ? of.service : (of.host ?? 'call')) : name, 200),
    kind,
    startTimeUnixNano: nanoseconds(of.start),
    endTimeUnixNano: nanoseconds(Math.max(of.start, of.end)),
    attributes: [
      ...(of.method === undefined ? [] : [text('http.request.method', of.method)]),
      ...(of.url === undefined ? [] : [text('url.path', of.url)]),
      ...(of.status === undefined ? [] : [integer('http.response.status_code', of.status)]),
      ...(of.grpcStatus === undefined ? [] : [integer('rpc.grpc.status_code', of.grpcStatus)]),
      ...(of.error?.type === undefined && of.error?.code === undefined ? [] : [text('error.type', of.error.type ?? of.error.code ?? '')]),
    ],
    events: [],
    status: failed ? { code: 2, ...(of.error === undefined ? {} : { message: said(of.error.message) }) } : {},
  };
}

function eventOf(line: StoryLine, start: number, fields: (line: StoryLine) => [string, string][]): OtlpEvent {
  const { error, level, msg, record } = line;
  const message = msg === '' && typeof record === 'string' ? record : msg;
  return {
    timeUnixNano: nanoseconds(line.time ?? start),
    name: error === undefined ? said(message) : 'exception',
    attributes: [
      ...(level === undefined ? [] : [text('log.level', level)]),
      ...(error === undefined ? [] : [
        text('log.message', message),
        text('exception.message', error.message),
        ...(error.type === undefined ? [] : [text('exception.type', error.type)]),
        ...(error.stack === undefined ? [] : [text('exception.stacktrace', error.stack)]),
      ]),
      ...fields(line).map(([key, value]) => text(key, value)),
    ],
  };
}

function text(key: string, value: string): OtlpAttribute {
  return { key: wellFormed(key), value: { stringValue: said(value) } };
}

function integer(key: string, value: number): OtlpAttribute {
  return { key, value: Number.isSafeInteger(value) ? { intValue: String(value) } : { stringValue: String(value) } };
}

function said(value: string, longest = LONGEST): string {
  return wellFormed(clip(value, longest));
}

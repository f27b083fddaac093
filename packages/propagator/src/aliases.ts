/** Headers that contain an ID among other things, and the part of each that is the ID. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  // W3C Trace Context, section 3.2.2
  traceparent: /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-/,
  // AWS X-Ray, tracing header: Root=1-67891233-abcdef012345678912345678;Parent=...;Sampled=1
  'x-amzn-trace-id': /(?:^|;)\s*Root=([^;\s]+)/i,
  // Google Cloud Trace: TRACE_ID/SPAN_ID;o=OPTIONS
  'x-cloud-trace-context': /^([0-9a-f]{32})(?:$|[/;])/i,
  // Zipkin B3, single header; "0" alone is a sampling decision, not an ID
  b3: /^([0-9a-f]{16}(?:[0-9a-f]{16})?)-/i,
  // Jaeger: trace:span:parent:flags
  'uber-trace-id': /^([0-9a-f]{1,32})(?::|%3a)/i,
  'sentry-trace': /^([0-9a-f]{32})-/i,
};

/** The ID in an alias header: the matching part if the header has a format, else all of it; not yet accepted. */
export function aliasId(name: string, value: unknown): unknown {
  const format = FORMATS[name];
  if (format === undefined) return value;
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? format.exec(first.trim())?.[1] : undefined;
}

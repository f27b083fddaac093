import type protobuf from 'protobufjs';

// The protocol's own definitions, from the receiver's package.
const { getProtoRoot } = require('@elastic/mockotlpserver/lib/proto') as { getProtoRoot(): protobuf.Root };
const REQUEST = getProtoRoot().lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest');
const IDS: Record<string, number> = { traceId: 16, spanId: 8, parentSpanId: 8 };

/**
 * Encodes an export request's JSON as protobuf. Throws for everything that OTLP's JSON mapping does not allow: an unknown field, an
 * ID that is not hexadecimal or has the wrong length, a 64-bit number that is not a string of digits, an enumeration by name, a
 * lone surrogate.
 */
export function encodeStrictly(json: Record<string, unknown>): Uint8Array {
  const message = REQUEST.fromObject(convert(json, REQUEST, '') as Record<string, unknown>);
  const fault = REQUEST.verify(message);
  if (fault !== null) throw new Error(fault);
  return REQUEST.encode(message).finish();
}

function convert(value: unknown, type: protobuf.Type, path: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path}: no object`);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => {
    const field = type.fields[name]?.resolve();
    const at = `${path}.${name}`;
    if (field === undefined) throw new Error(`${at}: not a field`);
    if (!field.repeated) return [name, single(inner, field, at)];
    if (!Array.isArray(inner)) throw new Error(`${at}: no list`);
    return [name, inner.map((each, i) => single(each, field, `${at}[${i}]`))];
  }));
}

function single(value: unknown, field: protobuf.Field, at: string): unknown {
  const { resolvedType, type, name } = field;
  const must = (so: boolean): unknown => {
    if (!so) throw new Error(`${at}: ${JSON.stringify(value)} is no ${type}`);
    return value;
  };
  if (resolvedType !== null && 'fields' in resolvedType) return convert(value, resolvedType, at);
  if (resolvedType !== null) return must(typeof value === 'number' && value in resolvedType.valuesById);
  if (type === 'bytes') {
    must(typeof value === 'string' && /^[0-9a-f]+$/i.test(value) && value.length === 2 * (IDS[name] ?? 0) && !/^0+$/.test(value));
    return Buffer.from(value as string, 'hex');
  }
  if (/64$/.test(type)) return must(typeof value === 'string' && /^-?\d+$/.test(value));
  if (type === 'string') return must(typeof value === 'string' && !/\p{Surrogate}/u.test(value));
  return must(typeof value === (type === 'bool' ? 'boolean' : 'number'));
}

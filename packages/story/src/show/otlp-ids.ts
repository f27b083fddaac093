import { createHash } from 'node:crypto';

const TRACE = /^[0-9a-f]{32}$/;
const NONE = '0'.repeat(32);

/** The trace ID: the correlation ID itself if it is a trace ID or a UUID, else a hash of it. */
export function traceId(id: string): string {
  const plain = id.replaceAll('-', '').toLowerCase();
  return TRACE.test(plain) && plain !== NONE ? plain : digest(id).slice(0, 32);
}

/** The span ID of a hop or of one of its calls. */
export function spanId(id: string, hop: string, call?: number): string {
  return digest(JSON.stringify([id, hop, call])).slice(0, 16);
}

/** Epoch nanoseconds as a decimal string, because they exceed a number's precision. An invalid time is 0. */
export function nanoseconds(epochMs: number): string {
  if (!(epochMs > 0 && epochMs < 1e13)) return '0';
  const whole = Math.floor(epochMs);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((epochMs - whole) * 1e6)));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

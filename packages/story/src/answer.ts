import type { Level } from './model';

/** What answered a request or a call: a status of HTTP and, for gRPC, its own, because gRPC answers 200 even if it fails. */
export interface Answer {
  status?: number;
  grpcStatus?: number;
}

/** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS: the ones that mean the same as a 5xx. */
export const GRPC_FAULTS: readonly number[] = [2, 4, 12, 13, 14, 15];

/** True for a 5xx, and for a status of gRPC that means the same. */
export function isFault({ status = 0, grpcStatus = 0 }: Answer = {}): boolean {
  return status >= 500 || GRPC_FAULTS.includes(grpcStatus);
}

/** The status that says more: `gRPC 14`, or `503`; `undefined` if there is none. */
export function answerText({ status, grpcStatus = 0 }: Answer): string | undefined {
  return grpcStatus > 0 ? `gRPC ${grpcStatus}` : status === undefined ? undefined : String(status);
}

/** True for a line that says that something failed. */
export function isError(level: Level | undefined): level is 'error' | 'fatal' {
  return level === 'error' || level === 'fatal';
}

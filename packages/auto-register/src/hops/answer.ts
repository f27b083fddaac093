/** What a record says of an answer. gRPC answers 200 and puts its own status into the trailers or, if there is no body, into the head. */
export interface Answer {
  statusCode: number;
  grpcStatus?: number | undefined;
}

const GRPC_STATUS = /^(?:\d|1[0-6])$/;
/**
 * UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS. OpenTelemetry counts these as errors of the server,
 * and Google's APIs map them to 5xx. The others are the caller's, as 4xx are.
 */
const GRPC_FAULTS: ReadonlySet<number | undefined> = new Set([2, 4, 12, 13, 14, 15]);

/** The status that a field `grpc-status` has. Anything but one of the 17 numbers counts as absent. */
export function grpcStatusOf(field: unknown): number | undefined {
  return field !== undefined && GRPC_STATUS.test(String(field)) ? Number(field) : undefined;
}

/** True for a 5xx, and for a gRPC status that means the same. */
export function isFault(answer: Answer | undefined): boolean {
  return answer !== undefined && (answer.statusCode >= 500 || GRPC_FAULTS.has(answer.grpcStatus));
}

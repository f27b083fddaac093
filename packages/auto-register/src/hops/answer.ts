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

/** Type, message and code of an error, in the form of a record. */
export function told(error: unknown): object {
  try {
    const { code, message, name } = (error ?? {}) as { code?: unknown; message?: unknown; name?: unknown };
    const type = error instanceof Error ? error.constructor.name : String(name ?? typeof error);
    return { type, message: String(message ?? error), ...((typeof code === 'string' || typeof code === 'number') && { code }) };
  } catch {
    return { type: typeof error, message: 'unreadable' }; // an object without a prototype, a getter that throws
  }
}

import { isError, isFault } from '../answer';
import type { Entry } from '../model';

/** True for a line of a request that failed: an error level, a status that means a fault, or a client that went away. */
export function hasFailed({ exchange, level }: Entry): boolean {
  return isError(level) || isFault(exchange) || (exchange?.aborted === true && exchange.host === undefined);
}

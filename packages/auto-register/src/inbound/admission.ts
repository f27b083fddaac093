import { baggageMember, contextWithId, shared, warnUnacceptable, withBaggageMember } from '@corr/propagator/internal';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { receivedField } from '../node/header-block';

/** Headers of a request as Node's `headers` has them. */
export type Headers = Record<string, string | string[] | undefined>;

/**
 * The context of a request: with the acceptable ID that came, where such are trusted, else with a new one, which is
 * written into the headers, as an edge proxy would have.
 *
 * Read from the raw headers: Node makes an object of them when `headers` is first read, which many an app never does.
 */
export function admit(message: { headers?: Headers; rawHeaders?: string[] | undefined }, trusted: boolean): Context {
  const { field, generate } = shared.settings;
  const rawHeaders = message.rawHeaders?.length ? message.rawHeaders : linesOf(message.headers);
  const came = receivedField(rawHeaders, field);
  const id = (trusted ? acceptedFrom(rawHeaders, came) : undefined) ?? generate();
  if (came !== id) {
    if (message.headers !== undefined) message.headers[field] = id;
    if (came !== undefined) overwrite(rawHeaders, field, id);
  }
  // Whoever reads the baggage finds the same ID in it as in the header.
  const baggage = receivedField(rawHeaders, 'baggage');
  const member = baggageMember(baggage);
  if (member !== undefined && member !== id) {
    const mended = withBaggageMember(baggage, id) ?? '';
    if (message.headers !== undefined) message.headers['baggage'] = mended;
    overwrite(rawHeaders, 'baggage', mended);
  }
  return contextWithId(ROOT_CONTEXT, id, rawHeaders);
}

/** The acceptable ID that came: in its header, whose value is given, in an alias or as a member of the baggage. */
function acceptedFrom(rawHeaders: readonly string[], came: string | undefined): string | undefined {
  const { accept, aliases } = shared.settings;
  if (came !== undefined) {
    const id = accept(came);
    if (id !== undefined) return id;
    warnUnacceptable();
  }
  for (const alias of aliases) {
    const id = accept(receivedField(rawHeaders, alias));
    if (id !== undefined) return id;
  }
  return accept(baggageMember(receivedField(rawHeaders, 'baggage')));
}

/** Headers of a request that no parser read, as an adapter of a serverless platform makes one up. */
function linesOf(headers: Headers = {}): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [name, one]));
}

/** Gives a field another value, in one line where there were more. */
function overwrite(rawHeaders: string[], field: string, value: string): void {
  let first = true;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== field) continue;
    if (first) rawHeaders[i + 1] = value;
    else {
      rawHeaders.splice(i, 2);
      i -= 2;
    }
    first = false;
  }
}

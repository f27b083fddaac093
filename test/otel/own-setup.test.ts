import { expect } from 'chai';
import { values } from '../ask';
import type { Recorded } from '../recorder';
import { INBOUND, OURS, OURS_IMPORTED, TRACING, TRACING_IMPORTED, observe } from './other-setup';
import type { Observed, Setup } from './other-setup';
import { describeInFull } from '../breadth';

/** The fields of a request without ours, and with variable values made equal. */
function theirs(request: Recorded, passedOn: readonly string[]): string[] {
  return request.fields
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name, value]) => name !== 'correlation-id' && !passedOn.includes(name) && !(name === 'baggage' && value === 'correlation.id=client-1'))
    .map(([name, value]) => `${name}: ${value.replace(INBOUND.traceparent.slice(3, 35), '<trace>').replace(/\b[0-9a-f]{16}\b/, '<span>').replace(/\b[0-9a-f]{32}\b/, '<new trace>').replace(/:\d{4,5}$/, ':<port>').replace(/,?correlation\.id=client-1/, '')}`)
    .sort();
}

const wireOf = (calls: Map<string, Recorded[]>, passedOn: readonly string[] = []): unknown =>
  Object.fromEntries([...calls].map(([call, requests]) => [call, requests.map((request) => theirs(request, passedOn))]));

function spansOf({ spans }: Observed): string[] {
  return spans
    .map(({ kind, scope, name, attributes, parent, remote, traceId }) => {
      const parentSpan = spans.find(({ spanId }) => spanId === parent);
      const { 'url.path': served, 'url.full': called } = attributes as Record<string, string>;
      const at = served ?? new URL(called as string).pathname;
      const from = parent === undefined ? 'nobody' : remote === true ? 'the caller' : parentSpan === undefined ? 'unknown' : `${parentSpan.kind} ${parentSpan.name}`;
      const trace = traceId === INBOUND.traceparent.slice(3, 35) ? 'the trace' : 'a trace';
      return `${scope} ${kind} ${name} ${at.replace(/request-\d+/, 'request')} in ${trace} from ${from}: ${Object.keys(attributes as object).sort().join()}`;
    })
    .sort();
}

const ofCalls = ({ lines }: Observed): Observed['lines'] => lines.filter(({ msg }) => msg === 'first' || msg === 'last' || msg === 'ignored');

/**
 * Whatever the setup, ours is added and changes nothing else.
 *
 * `traced` names calls that OpenTelemetry traces only when we are loaded. It has patched an exported function, and an ES module
 * that imports it by name gets the patched one, because we make Node synchronize those names for our own patch of `http2.connect`.
 */
function livesWith(name: string, without: () => Promise<Observed>, setup: Setup, traced: readonly string[] = []): void {
  describe(name, () => {
    let alone: Observed;
    let ours: Observed;

    before(async () => {
      [alone, ours] = await Promise.all([without(), observe(setup)]);
    });

    it('has the same spans as without us', () => {
      const seen = spansOf(ours);
      const more = seen.filter((span) => traced.some((call) => span.includes(` /${call} `)));
      expect(more).to.have.length(traced.length);
      expect(seen.filter((span) => !more.includes(span))).to.deep.equal(spansOf(alone));
    });

    it('starts each span of a request in a context with the ID', () => {
      for (const { id, kind, attributes } of ours.spans) {
        const { 'url.path': served, 'url.full': called } = attributes as Record<string, string>;
        if (kind === 1 ? served === '/calls' : ours.wire.has(decodeURIComponent(new URL(called as string).pathname.slice(1)))) expect(id, served ?? called).to.equal('client-1');
      }
    });

    it('sends the same headers with each call as without us, each once', () => {
      expect(ours.failed).to.deep.equal(alone.failed);
      // If no propagator is registered, we pass on the received fields.
      const passedOn = alone.copies['@opentelemetry/api']?.fields.length === 0 && setup.setup === 'context manager' ? ['traceparent', 'baggage'] : [];
      const untraced = ({ wire }: Observed): Observed['wire'] => new Map([...wire].filter(([call]) => !traced.includes(call)));
      expect(wireOf(untraced(ours), passedOn)).to.deep.equal(wireOf(untraced(alone), passedOn));
      expect(wireOf(ours.ignored, passedOn)).to.deep.equal(wireOf(alone.ignored, passedOn));
    });

    it('sends the ID once with every call, unless the application sets its own ID', () => {
      for (const [call, [request]] of ours.wire) {
        const own = alone.wire.get(call)?.[0]?.all('correlation-id') ?? [];
        expect(request?.all('correlation-id'), call).to.deep.equal(own.length > 0 ? own : ['client-1']);
      }
      expect([...ours.ignored.keys()]).to.have.members(['http', 'fetch']);
      for (const [call, [request]] of ours.ignored) expect(request?.all('correlation-id'), call).to.deep.equal(['client-1']);
    });

    it('sends each of twelve requests with its own ID through a pool of two connections', () => {
      expect(ours.pooled.map(([id, ...sent]) => [id, sent.join()]).sort()).to.deep.equal(Array.from({ length: 12 }, (_, i) => [`request-${i}`, `request-${i}`]).sort());
    });

    it('writes the same lines as without us, each with its ID', () => {
      expect(ofCalls(ours)).to.have.length(3);
      for (const line of ofCalls(ours)) expect(line.correlation_id).to.equal('client-1');
      const fields = (seen: Observed): string[][] => ofCalls(seen).map((line) => Object.keys(line).filter((key) => key !== 'correlation_id').sort());
      expect(fields(ours)).to.deep.equal(fields(alone));
    });

    it('writes no line with the ID of another request on the same connection', () => {
      const late = ours.lines.filter(({ of }) => of !== undefined);
      expect(late.map(({ of, msg }) => `${of} ${msg}`).sort()).to.deep.equal(['first', 'last'].flatMap((of) => ['begin', 'close', 'end', 'finish'].map((msg) => `${of} ${msg}`)));
      for (const { of, msg, correlation_id } of late) expect(correlation_id, msg).to.equal(`late-${of}`);
    });

    it('returns the ID', () => {
      expect(values(ours.answer, 'correlation-id')).to.deep.equal(['client-1']);
    });

    it('has our propagator in every copy of the API that sees the setup', () => {
      for (const [copy, { fields, injected, ...view }] of Object.entries(ours.copies)) {
        const { fields: ownFields = [], injected: ownInjected = [], ...ownView } = alone.copies[copy] ?? {};
        expect(view, copy).to.deep.equal(ownView);
        expect([...fields].sort(), copy).to.deep.equal(ownFields.length > 0 ? [...ownFields, 'correlation-id'].sort() : []);
        if (ownFields.length > 0) expect(injected, copy).to.include.members([...ownInjected, 'correlation-id']);
        else expect(injected, copy).to.deep.equal([]);
      }
    });

    it('sends no header or member of ours to its collector', () => {
      expect(ours.exported.map(({ call }) => call)).to.include.members(alone.exported.map(({ call }) => call));
      for (const request of ours.exported) {
        expect(request.all('correlation-id')).to.deep.equal([]);
        expect(request.all('baggage')).to.deep.equal([]);
      }
    });

    it('reports nothing', () => {
      // Node 26 deprecates the loader hook, with and without us.
      const told = ({ stderr }: Observed): string => stderr.replace(/^.*\[DEP0205\].*\n.*--trace-deprecation.*\n/m, '');
      expect([told(ours), ours.other]).to.deep.equal(['', '']);
      expect(told(alone)).to.equal('');
    });
  });
}

/** Runs once, when the first of the suites that use the result begins. */
function once<T>(run: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= run());
}

const ESM = { entry: 'app.mjs' };
const HOOK = { TEST_CORR_HOOK: 'true' };

describe('an application with its own OpenTelemetry setup', () => {
  const plain = once(() => observe({ setup: 'sdk', nodeArgs: TRACING }));
  for (const [setup, major] of [['sdk', 2], ['sdk', 3], ['b3 sdk', 2], ['bare sdk', 2], ['propagator', 2], ['context manager', 2]] as const) {
    (setup === 'sdk' && major === 2 ? describe : describeInFull)(`${setup} of OpenTelemetry ${major}`, () => {
      const without = setup === 'sdk' && major === 2 ? plain : once(() => observe({ setup, major, nodeArgs: TRACING }));
      livesWith('after the preload', without, { setup, major, nodeArgs: [...OURS, ...TRACING] });
      if (setup !== 'bare sdk') livesWith('before the preload', without, { setup, major, nodeArgs: [...TRACING, ...OURS] });
    });
  }

  const setup = 'sdk';
  describeInFull('ours by hand, with no preload', () => {
    for (const [position, name] of ['first', 'between the two others', 'last'].entries()) {
      livesWith(`our propagator ${name}`, plain, { setup: 'ours by hand', nodeArgs: TRACING, env: { TEST_CORR_POSITION: String(position) } });
    }
  });

  for (const [name, env] of [['without a loader hook', {}], ["with OpenTelemetry's loader hook", HOOK]] as const) {
    describeInFull(`${setup} of OpenTelemetry 2, ES modules ${name}`, () => {
      const without = once(() => observe({ setup, ...ESM, env, nodeArgs: TRACING_IMPORTED }));
      livesWith('after the preload', without, { setup, ...ESM, env, nodeArgs: [...OURS, ...TRACING_IMPORTED] });
      livesWith('before the preload', without, { setup, ...ESM, env, nodeArgs: [...TRACING_IMPORTED, ...OURS_IMPORTED] }, env === HOOK ? [] : ['https']);
    });
  }
  describeInFull(`${setup} of OpenTelemetry 3, itself ES modules`, () => {
    const major = 3;
    const without = once(() => observe({ setup, major, ...ESM, env: HOOK, nodeArgs: TRACING_IMPORTED }));
    livesWith('after the preload', without, { setup, major, ...ESM, env: HOOK, nodeArgs: [...OURS, ...TRACING_IMPORTED] });
  });
});

import { expect } from 'chai';
import { Apps } from './apps';

interface Seen {
  wrapped: boolean;
  spans: Record<string, string>;
  ids: Record<string, string>;
  echoed: string;
}

/** Places with another context: one entered on purpose, or one whose ID was changed or deleted. */
const OTHERWISE: Record<string, string> = {
  'another ID': 'another',
  'root context in another ID': 'another',
  deleted: 'none',
  withCorrelationId: 'job',
  'withCorrelationId in another context': 'job',
};
const OUTSIDE = ['before', 'background', 'behind'];

describe("OpenTelemetry's contexts in trace mode", () => {
  const apps = new Apps();
  afterEach(() => apps.stop());

  const seen = async (env: Record<string, string>, preloads?: string[]): Promise<Seen> => {
    const app = apps.startWith('contexts.cjs', {
      ...(preloads === undefined ? {} : { preload: 'none', nodeArgs: preloads.flatMap((file) => ['-r', file]) }),
      env: { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_NODE_RESOURCE_DETECTORS: 'none', ...env },
    });
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    return app.lines.find(({ msg }) => msg === 'seen') as unknown as Seen;
  };

  it('are the same as without us, wherever one is entered or bound', async () => {
    const without = await seen({}, ['@opentelemetry/auto-instrumentations-node/register']);
    expect(without.spans).to.include({ handler: 'request', 'root context': 'none', finish: 'request', 'bound emitter': 'request' });
    expect((await seen({})).spans).to.deep.equal(without.spans);
  });

  it('need no wrapper for each listener of a request', async () => {
    expect((await seen({})).wrapped).to.equal(false);
    expect((await seen({}, ['@opentelemetry/auto-instrumentations-node/register'])).wrapped, 'without us').to.equal(true);
  });

  for (const [job, outside] of [[undefined, 'none'], ['job-7', 'job-7']] as const) {
    it(`have the ID of the request, and outside a request ${job === undefined ? 'no ID' : 'the ID of the process'}`, async () => {
      const { ids, echoed } = await seen(job === undefined ? {} : { CORRELATION_ID: job });
      const expected = Object.keys(ids).map((where) => [where, OTHERWISE[where] ?? (OUTSIDE.includes(where) ? outside : 'request-1')]);
      expect(ids).to.deep.equal(Object.fromEntries(expected));
      expect(echoed).to.equal('request-1');
    });
  }
});

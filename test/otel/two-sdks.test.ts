import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { OURS, TRACING, observe, withApp } from './other-setup';
import type { Observed, Setup } from './other-setup';
import { describeInFull, itInFull } from '../breadth';

const REGISTER = ['-r', '@opentelemetry/auto-instrumentations-node/register'];
/** Variables that configure both SDKs. */
const ASKED = {
  OTEL_TRACES_EXPORTER: 'console,otlp',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_EXPORTER_OTLP_ENDPOINT: '<recorder>',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_BSP_SCHEDULE_DELAY: '5',
  OTEL_NODE_RESOURCE_DETECTORS: 'none',
};

describe('two SDKs', () => {
  // mode.test.ts shows the decision quickly.
  describeInFull("the automatic instrumentations' preload beside ours, with the same variables", () => {
    /** Spans of its console exporter; the last request's may come too late to be seen. */
    const spans = ({ other }: Observed): string[] =>
      other
        .split(/^}$/m)
        .filter((span) => !span.includes('/dropped'))
        .flatMap((span) => /^ {2}name: .*$/m.exec(span) ?? [])
        .sort();
    let alone: Observed;

    before(async () => {
      alone = await observe({ nodeArgs: REGISTER, env: ASKED });
      expect(spans(alone)).to.include.members(["  name: 'GET',"]);
    });

    for (const [name, nodeArgs] of Object.entries({ before: [...REGISTER, ...OURS], after: [...OURS, ...REGISTER] })) {
      it(`is the only one that starts an SDK, ${name} ours`, async () => {
        const ours = await observe({ nodeArgs, env: ASKED });
        expect(ours.stderr).to.equal('');
        expect(spans(ours)).to.deep.equal(spans(alone));
        expect(ours.failed).to.deep.equal({});
        for (const [call, [request]] of ours.wire) {
          expect(request?.all('correlation-id'), call).to.have.length(1);
          expect(request?.all('traceparent'), call).to.have.length(call === 'http2' ? 0 : 1);
        }
        for (const { correlation_id, msg } of ours.lines) if (msg === 'first' || msg === 'last') expect(correlation_id).to.equal('client-1');
        expect(ours.exported).to.have.length.above(0);
        for (const request of ours.exported) expect(request.all('correlation-id')).to.deep.equal([]);
      });
    }
  });

  describe('a conflict that we cannot resolve', () => {
    const said = async (setup: Setup): Promise<{ ours: string[]; carried: boolean }> =>
      withApp({ ...setup, env: { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none', ...setup.env } }, async ({ app, ask, calls }) => {
        await ask('/calls');
        const carried = [...calls().values()].flat().filter(({ call }) => !/ own$|simple|batch/.test(call)).every((request) => request.all('correlation-id').join() === 'client-1');
        return { ours: app.stderr.split('\n').filter((line) => line.startsWith('[@corr')), carried };
      });

    for (const major of [2, 3] as const) {
      (major === 2 ? it : itInFull)(`is reported once, with what to do, if the application starts an SDK of OpenTelemetry ${major} after ours`, async () => {
        const { ours, carried } = await said({ setup: 'sdk', major, nodeArgs: [...OURS, ...TRACING] });
        expect(ours).to.have.length(1);
        expect(ours[0]).to.match(/OpenTelemetry SDK is not registered.*started one first.*set CORR_MODE=carry/);
        expect(carried).to.equal(true);
      });

      itInFull(`is reported once, with what to do, if an SDK of OpenTelemetry ${major} was started before`, async () => {
        const { ours, carried } = await said({ setup: 'sdk', major, nodeArgs: [...TRACING, ...OURS] });
        expect(ours).to.deep.equal(['[@corr/auto-register] CORR_MODE=trace has no effect, because an OpenTelemetry SDK was started before this preload: unset it, or start only one of the two.']);
        expect(carried).to.equal(true);
      });
    }

    it('is not reported if the application only sets a diag logger', async () => {
      // Through another version of the API, which refuses the registration without telling us what it was for.
      const { ours, carried } = await said({ setup: 'diag logger', major: 3, nodeArgs: [...OURS, ...TRACING] });
      expect(ours).to.deep.equal([]);
      expect(carried).to.equal(true);
    });

    it('is not watched for after a thousand reads of the globals', () => {
      const look = `
        const api = require('@opentelemetry/api');
        const holder = Symbol.for('opentelemetry.js.api.1');
        const accessors = () => ['context', 'propagation'].map((name) => [globalThis[holder], name]).concat([[globalThis, holder]])
          .filter(([object, name]) => 'get' in Object.getOwnPropertyDescriptor(object, name)).length;
        const first = accessors();
        for (let i = 0; i < 1000; i++) api.context.active();
        console.log(first, accessors(), api.propagation.setGlobalPropagator({ inject() {}, extract: (c) => c, fields: () => [] }));`;
      const env = { ...process.env, CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none' };
      const { stdout, stderr } = spawnSync(process.execPath, [...OURS, '-e', look], { env, encoding: 'utf8' });
      expect(stderr).to.equal('');
      expect(stdout).to.equal('3 0 false\n');
    });
  });
});

import { expect } from 'chai';
import { baggageOf } from '../client-app';
import type { Recorded } from '../recorder';
import { OURS, TRACING, takeExports, withApp } from './other-setup';
import type { Setup } from './other-setup';
import { describeInFull } from '../breadth';

const SETUPS: Record<string, Setup> = {
  'an SDK that the application starts after the preload': { setup: 'sdk', nodeArgs: [...OURS, ...TRACING] },
  'an SDK that the application starts before the preload': { setup: 'sdk', nodeArgs: [...TRACING, ...OURS] },
  'an SDK of OpenTelemetry 3': { setup: 'sdk', major: 3, nodeArgs: [...OURS, ...TRACING] },
  'our propagator and instrumentation in the SDK of the application': { setup: 'ours by hand', nodeArgs: TRACING, env: { TEST_CORR_POSITION: '2', TEST_CORR_HOSTS: 'localhost' } },
  'trace mode': { nodeArgs: OURS, env: { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none' } },
  'an SDK with no instrumentations': { setup: 'bare sdk', nodeArgs: [...OURS, ...TRACING] },
};

/** Calls for which the application sets its own Correlation-Id. */
const isOwn = (call: string): boolean => call.endsWith(' own');

describe('leak control in a process with an OpenTelemetry SDK', () => {
  for (const [name, setup] of Object.entries(SETUPS)) {
    (name === Object.keys(SETUPS)[0] ? describe : describeInFull)(name, () => {
      let listed: Map<string, Recorded[]>;
      let others: Map<string, Recorded[]>;
      const traced = setup.setup !== 'bare sdk';

      before(() =>
        withApp({ ...setup, env: { CORR_PROPAGATE_TO: 'localhost', ...setup.env } }, async ({ ask, calls }) => {
          await ask('/calls?localhost');
          listed = calls();
          takeExports(listed);
          await ask('/calls?127.0.0.1');
          others = calls();
          takeExports(others);
        }),
      );

      it('sends a listed host the ID once, as header and in the baggage', () => {
        expect(listed).to.have.length(12);
        for (const [call, [request]] of listed) {
          // For array headers, instrumentation-http sends the indexes as names.
          const own = isOwn(call) && (call !== 'http array own' || !traced || name === 'trace mode');
          expect(request?.all('correlation-id'), call).to.deep.equal([own ? 'own-1' : 'client-1']);
          expect(request?.all('baggage'), call).to.have.length(1);
          expect(baggageOf(request as Recorded), call).to.have.members(traced && call !== 'http2' ? ['user=7', 'correlation.id=client-1'] : ['correlation.id=client-1']);
        }
      });

      it('sends other hosts no ID, neither as header nor in the baggage', () => {
        expect(others).to.have.length(12);
        for (const [call, [request]] of others) {
          expect(request?.all('correlation-id').filter((id) => id !== 'own-1'), call).to.deep.equal([]);
          expect(baggageOf(request as Recorded).filter((member) => member.startsWith('correlation.id')), call).to.deep.equal([]);
        }
      });

      it('sends other baggage and the trace context to both, once', () => {
        for (const [call, [request]] of [...listed, ...others]) {
          const carried = traced && call !== 'http2' ? 1 : 0;
          expect(baggageOf(request as Recorded).filter((member) => member === 'user=7'), call).to.have.length(carried);
          expect(request?.all('traceparent'), call).to.have.length(carried);
        }
      });
    });
  }
});

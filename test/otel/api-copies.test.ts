import { expect } from 'chai';
import { App, PRELOAD } from '../app';

const COPIES = { '1.0.4': 'otel-api-1.0', '1.4.1': 'otel-api-1.4', '1.8.0': 'otel-api-1.8', '1.9.0': 'otel-api-1.9.0', '1.9.1': '@opentelemetry/api', '1.10.0': 'otel-api-1.10' };

interface Seen {
  fields: string[];
  injected: Record<string, string>;
  extracted?: string;
}

describe("copies of OpenTelemetry's API", () => {
  let app: App;
  before(() => {
    app = App.start('otel/api-copies.cjs', { preload: 'none', args: [PRELOAD, ...Object.values(COPIES)], env: { CORR_MODE: undefined } });
  });
  after(() => app.stop());

  const joined = (field: string): Seen => ({ fields: [field, 'correlation-id'], injected: { [field]: 'theirs', 'correlation-id': 'client-1' }, extracted: 'client-1' });

  for (const [version, api] of Object.entries(COPIES)) {
    for (const order of ['before', 'after']) {
      it(`${version}: what an application registers ${order} us stays, and our propagator joins it`, async () => {
        const seen = async (asked: string): Promise<{ first: Seen; second: Seen }> =>
          (await app.line((line) => line['api'] === api && line['order'] === asked))['seen'] as { first: Seen; second: Seen };
        const { first, second, ...rest } = await seen(order);
        const { first: firstAlone, second: secondAlone, ...alone } = await seen('without');
        expect(rest).to.deep.equal(alone);
        expect(alone).to.deep.include({ version, registered: [true, true, true], told: [], context: 'mine', manager: true, tracer: true });
        expect([firstAlone.fields, secondAlone.fields]).to.deep.equal([['x-first'], ['x-second']]);
        expect(first).to.deep.equal(joined('x-first'));
        expect(second).to.deep.equal(joined('x-second'));
      });
    }
  }
});

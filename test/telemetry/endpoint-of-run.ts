import { expect } from 'chai';
import { Receiver } from './receiver';

/** Provides one receiver for all apps of a mocha run, and checks at the end what they sent. */
export function endpointOfRun(): { environment(): Record<string, string> } {
  let receiver: Receiver | undefined;

  before(async () => {
    receiver = await Receiver.start();
  });

  after(async () => {
    const { spans } = receiver as Receiver;
    await receiver?.stop();
    expect(spans.length, 'spans that arrived').to.be.above(0);
    for (const span of spans.filter(({ kind }) => kind === 'server')) {
      expect(span.attributes, `server span ${span.name}`).to.have.property('correlation.id');
    }
  });

  return {
    environment: () => ({
      CORR_MODE: 'trace',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${(receiver as Receiver).url}/v1/traces`,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '10', // most apps are killed at the end
    }),
  };
}

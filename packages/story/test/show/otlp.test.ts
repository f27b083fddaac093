import { expect } from 'chai';
import { toOtlp } from '../../src/show/otlp';
import type { OtlpSpan, OtlpTraces } from '../../src/show/otlp';
import type { Story } from '../../src/model';
import { CHECKOUT, line } from './checkout';
import { HOSTILE, hostile } from './hostile';
import { encodeStrictly } from './otlp-proto';

interface Receiver { start(): Promise<void>; close(): Promise<void>; httpUrl: URL }
// Elastic's OTLP receiver, which has no types.
const { MockOtlpServer, normalizeTrace } = require('@elastic/mockotlpserver') as {
  MockOtlpServer: new (options: { logLevel: string; services: string[]; httpHostname: string; httpPort: number; onTrace(trace: unknown): void }) => Receiver;
  normalizeTrace(trace: unknown): unknown;
};

const spansOf = ({ resourceSpans }: OtlpTraces): (OtlpSpan & { service: string })[] => resourceSpans.flatMap(({ resource, scopeSpans }) =>
  scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service: (resource.attributes[0]?.value as { stringValue: string }).stringValue }))));

describe('story as OTLP', () => {
  const spans = spansOf(toOtlp(CHECKOUT));
  const find = (service: string, kind: number, name: string): OtlpSpan => spans.find((span) => span.service === service && span.kind === kind && span.name === name) as OtlpSpan;

  it('matches the definition of the protocol, whatever the lines contain', () => {
    const stories: Story[] = [CHECKOUT, ...HOSTILE.map((_, shift) => hostile(CHECKOUT, shift)), { ...CHECKOUT, hops: [] }, { ...CHECKOUT, hops: [], lines: [] }];
    for (const story of stories) encodeStrictly(JSON.parse(JSON.stringify(toOtlp(story))) as Record<string, unknown>);
  });

  it('fails that check if an ID is not hexadecimal, a time is not a string of digits, or a field is unknown', () => {
    for (const spoil of [{ spanId: 'xyz' }, { traceId: 'abcd' }, { startTimeUnixNano: 1.5 }, { endTimeUnixNano: '1e9' }, { kind: 'SERVER' }, { foo: 1 }]) {
      const traces = toOtlp(CHECKOUT);
      Object.assign(traces.resourceSpans[0]?.scopeSpans[0]?.spans[0] ?? {}, spoil);
      expect(() => encodeStrictly(traces as unknown as Record<string, unknown>), JSON.stringify(spoil)).to.throw();
    }
  });

  it('has a span a hop below the call that it answers, and a span a call below the hop that made it', () => {
    expect(spans.filter(({ kind }) => kind === 2)).to.have.length(CHECKOUT.hops.length);
    expect(spans.filter(({ kind }) => kind === 3)).to.have.length(CHECKOUT.hops.reduce((sum, { calls }) => sum + calls.length, 0));
    const known = new Set(spans.map(({ spanId }) => spanId));
    expect(known.size).to.equal(spans.length);
    expect(spans.filter(({ parentSpanId }) => parentSpanId === undefined)).to.have.length(1);
    for (const { parentSpanId } of spans) if (parentSpanId !== undefined) expect(known).to.include(parentSpanId);
    const stock = find('stock', 2, 'GET /stock/1320');
    expect(stock.parentSpanId).to.equal(find('gateway', 3, 'GET /stock/1320').spanId);
    expect(find('gateway', 3, 'GET /stock/1320').parentSpanId).to.equal(find('gateway', 2, 'POST /checkout').spanId);
    expect(stock.startTimeUnixNano).to.match(/^\d+128800\d{3}$/).and.to.have.length(19);
  });

  it('has lines as events, errors as exceptions and as status', () => {
    const payment = find('payment', 2, 'POST /charges');
    expect(payment.status).to.deep.equal({ code: 2, message: 'card network unavailable' });
    expect(payment.events.map(({ name }) => name)).to.deep.equal(['charge requested', 'exception', 'request completed']);
    expect(payment.events[1]?.attributes).to.deep.include({ key: 'exception.message', value: { stringValue: 'card network unavailable' } })
      .and.deep.include({ key: 'log.message', value: { stringValue: 'charge failed' } });
    expect(find('stock', 2, 'POST /reservations').status).to.deep.equal({});
    expect(spans.flatMap(({ events }) => events)).to.have.length(CHECKOUT.lines.length);
  });

  it('keeps an ID that is a trace\'s number, makes one for any other, and the same each time', () => {
    const traceOf = (id: string): string => (spansOf(toOtlp({ ...CHECKOUT, id }))[0] as OtlpSpan).traceId;
    expect(traceOf('0AF7651916CD43DD8448EB211C80319C')).to.equal('0af7651916cd43dd8448eb211c80319c');
    expect(traceOf('018f3c1e-5d1c-7b0a-9c1d-2f6a7b8c9d0e')).to.equal('018f3c1e5d1c7b0a9c1d2f6a7b8c9d0e');
    expect(traceOf('0'.repeat(32))).to.match(/^[0-9a-f]{32}$/).and.not.match(/^0+$/);
    expect(traceOf('checkout-1')).to.equal(traceOf('checkout-1')).and.match(/^[0-9a-f]{32}$/).and.not.equal(traceOf('checkout-2'));
  });

  it('loses no line if there is no hop', () => {
    const [span] = spansOf(toOtlp({ ...CHECKOUT, hops: [], lines: [line(0, 'cron', 'info', undefined, 'began'), { service: 'cron', msg: 'no time', record: '' }] }));
    expect(span?.events.map(({ name }) => name)).to.deep.equal(['began', 'no time']);
  });

  it('is accepted by an OTLP receiver, as JSON and as protobuf', async () => {
    let taken: (trace: unknown) => void = () => {};
    const server = new MockOtlpServer({ logLevel: 'fatal', services: ['http'], httpHostname: '127.0.0.1', httpPort: 0, onTrace: (trace) => taken(trace) });
    await server.start();
    try {
      // Its printer mistakes an attribute named `status` for the span's status, so those lines are left out.
      const traces = toOtlp({ ...CHECKOUT, lines: CHECKOUT.lines.filter(({ record }) => !('status' in Object(record))) });
      const send = async (type: string, body: string | Uint8Array<ArrayBuffer>): Promise<unknown> => {
        const arrived = new Promise((resolve) => (taken = resolve));
        const answer = await fetch(`${server.httpUrl.href}v1/traces`, { method: 'POST', headers: { 'content-type': type }, body });
        expect(answer.status).to.equal(200);
        await answer.arrayBuffer();
        return normalizeTrace(await arrived);
      };
      const json = await send('application/json', JSON.stringify(traces));
      const binary = await send('application/x-protobuf', new Uint8Array(encodeStrictly(traces as unknown as Record<string, unknown>)));
      expect(ordered(binary)).to.deep.equal(ordered(json));
      expect(JSON.stringify(json)).to.include('card network unavailable');
    } finally {
      await server.close();
    }
  });
});

/** Sorts the fields of each message and removes empty lists, which protobuf does not write. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => !Array.isArray(inner) || inner.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, ordered(inner)]));
}

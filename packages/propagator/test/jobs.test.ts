import { expect } from 'chai';
import { configureCorrelation, correlationEnv, correlationHeaders, getCorrelationId, withCarrier, withCorrelationId } from '../src/index';
import type { CorrelationOptions } from '../src/index';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function configured<T>(options: CorrelationOptions, fn: () => T): T {
  const undo = configureCorrelation(options);
  try {
    return fn();
  } finally {
    undo();
  }
}

describe('correlationHeaders', () => {
  it('returns the active ID in a new object, beside the other headers', () => {
    const given = Object.freeze({ accept: 'text/plain' });
    const headers = withCorrelationId('a', () => correlationHeaders(given));
    expect(headers).to.deep.equal({ accept: 'text/plain', 'correlation-id': 'a' });
    expect(withCorrelationId('a', () => correlationHeaders())).to.deep.equal({ 'correlation-id': 'a' });
  });

  it('returns a plain copy if there is no ID', () => {
    const given = { accept: 'text/plain' };
    expect(correlationHeaders(given)).not.to.equal(given);
    expect(correlationHeaders(given)).to.deep.equal(given);
    expect(correlationHeaders()).to.deep.equal({});
    expect(correlationHeaders(null as never)).to.deep.equal({});
  });

  it("keeps the caller's own header, in any spelling", () => {
    for (const key of ['correlation-id', 'Correlation-Id', 'CORRELATION-ID']) {
      expect(withCorrelationId('a', () => correlationHeaders({ [key]: 'own' }))).to.deep.equal({ [key]: 'own' });
    }
  });

  it('fills in a header of the caller that has no value, as one read from a request without it', () => {
    const none: string | undefined = undefined;
    expect(withCorrelationId('a', () => correlationHeaders({ 'correlation-id': none }))).to.deep.equal({ 'correlation-id': 'a' });
    expect(withCorrelationId('a', () => correlationHeaders({ 'Correlation-Id': none }))).to.deep.equal({ 'Correlation-Id': 'a' });
  });

  it('copies a Headers object and pairs too', () => {
    const pairs: [string, string][] = [['accept', 'text/plain']];
    for (const given of [new Headers(pairs), new Map(pairs), pairs]) {
      expect(withCorrelationId('a', () => correlationHeaders(given))).to.deep.equal({ accept: 'text/plain', 'correlation-id': 'a' });
    }
  });

  it('uses the configured header', () => {
    configured({ header: 'X-Req' }, () => expect(withCorrelationId('a', () => correlationHeaders())).to.deep.equal({ 'x-req': 'a' }));
  });
});

describe('withCarrier', () => {
  const idIn = (carrier: unknown): string | undefined => withCarrier(carrier, () => getCorrelationId());

  it("enters the ID of a message's headers, with keys in any case and values of any shape", () => {
    for (const carrier of [
      { 'correlation-id': 'a' },
      { 'Correlation-Id': 'a' },
      { 'CORRELATION-ID': Buffer.from('a') },
      { 'correlation-id': ['a', 'b'] },
      { 'correlation-id': [Buffer.from('a')] },
      { 'correlation-id': 'a, b' },
      Object.assign(Object.create(null), { 'correlation-id': 'a' }),
    ]) {
      expect(idIn(carrier)).to.equal('a');
    }
  });

  it('creates an ID for a message without an acceptable one', () => {
    const thrower = new Proxy({}, { get() { throw new Error('hostile'); }, has() { throw new Error('hostile'); } });
    for (const carrier of [{}, undefined, null, 'text', 7, { 'correlation-id': '' }, { 'correlation-id': 'a b' }, { 'correlation-id': [] }, { 'correlation-id': 7 }, { 'correlation-id': Buffer.from([0xff]) }, thrower]) {
      expect(idIn(carrier)).to.match(UUID);
    }
  });

  it('does not use the ID of the consumer that received the message', () => {
    expect(withCorrelationId('consumer', () => idIn({}))).to.match(UUID);
  });

  it('reads the aliases, in order, after the header', () => {
    configured({ header: 'X-Req', aliases: ['X-One', 'X-Two'] }, () => {
      expect(idIn({ 'x-two': '2', 'x-one': '1', 'x-req': '0' })).to.equal('0');
      expect(idIn({ 'x-two': '2', 'X-One': '1', 'x-req': 'n o' })).to.equal('1');
      expect(idIn({ 'x-two': '2' })).to.equal('2');
    });
  });

  it('reads with a getter of the caller, which may throw', () => {
    const getter = { keys: () => [], get: (carrier: { id: string }) => carrier.id };
    expect(withCarrier({ id: 'a' }, () => getCorrelationId(), getter)).to.equal('a');
    const hostile = { keys: () => [], get: () => { throw new Error('getter'); } };
    expect(withCarrier({}, () => getCorrelationId(), hostile)).to.match(UUID);
  });

  it('returns the result and throws the error of the function', () => {
    expect(withCarrier({}, () => 7)).to.equal(7);
    expect(() => withCarrier({}, () => { throw new RangeError('mine'); })).to.throw(RangeError, 'mine');
  });
});

describe('correlationEnv', () => {
  it('sets CORRELATION_ID to the active ID in a copy of the environment', () => {
    const env = { PATH: '/bin', CORRELATION_ID: 'old' };
    expect(withCorrelationId('a', () => correlationEnv(env))).to.deep.equal({ PATH: '/bin', CORRELATION_ID: 'a' });
    expect(env.CORRELATION_ID).to.equal('old');
    expect(withCorrelationId('a', () => correlationEnv())).to.deep.equal({ ...process.env, CORRELATION_ID: 'a' });
    expect(process.env['CORRELATION_ID']).to.equal(undefined);
  });

  it('returns a plain copy if there is no ID', () => {
    const env = { PATH: '/bin' };
    expect(correlationEnv(env)).not.to.equal(env);
    expect(correlationEnv(env)).to.deep.equal(env);
  });
});
